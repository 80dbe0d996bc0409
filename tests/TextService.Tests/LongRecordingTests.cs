using System.Runtime.InteropServices;
using Emotion.Inference.Audio;
using Emotion.Inference.Tests;
using Emotion.Inference.Text;

namespace Emotion.TextService.Tests;

/// <summary>Counts what the whole process allocates, so that nothing else may run.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed class LongRecordingTests : IDisposable
{
    private const int SampleRate = 16_000, BytesPerMinute = 60 * SampleRate * sizeof(short);

    private readonly Packages _packages = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _packages.Dispose();

    /// <summary>Managed memory and pools; twenty minutes are 38 MB of sound.</summary>
    [Fact]
    public async Task Transcribe_TwentyMinutes_TakeNoMoreMemoryThanTwo()
    {
        await using var model = TextModel.Load(await _packages.TextAsync(), Packages.Runtime);
        await TranscribeAsync(model, minutes: 2); // Fills the pools.

        var (twoTake, _) = await TranscribeAsync(model, minutes: 2);
        var (twentyTake, stretches) = await TranscribeAsync(model, minutes: 20);

        Assert.InRange(twentyTake - twoTake, long.MinValue, 5 * BytesPerMinute);
        Assert.InRange(stretches.Max(), SampleRate, 17 * SampleRate);
        Assert.InRange(stretches.Count(stretch => stretch < SampleRate), 10, 20); // Ten tones, each of them heard once or twice.
    }

    private static async Task<(long Allocated, List<int> Stretches)> TranscribeAsync(TextModel model, int minutes)
    {
        var (silence, tone) = (new byte[BytesPerMinute / 60], Tone());
        var before = GC.GetTotalAllocatedBytes(precise: true);
        using var spool = PcmSpool.Create("", SampleRate, maximumSeconds: 1800);
        for (var second = 0; second < 60 * minutes; second++)
        {
            await spool.AppendAsync(second % 120 == 30 ? tone : silence, Token);
        }

        var recording = new Watched(spool.Finish());
        await model.Transcriber.TranscribeAsync(recording, "", Token);
        return (GC.GetTotalAllocatedBytes(precise: true) - before, recording.Stretches);
    }

    /// <summary>A second, of which a fifth sounds.</summary>
    private static byte[] Tone() => MemoryMarshal.AsBytes(Enumerable.Range(0, SampleRate)
        .Select(sample => (short)(sample < SampleRate / 5 ? 8000 * Math.Sin(2 * Math.PI * 440 * sample / SampleRate) : 0)).ToArray().AsSpan()).ToArray();

    private sealed class Watched(IRecording recording) : IRecording
    {
        public List<int> Stretches { get; } = [];

        public int Samples => recording.Samples;

        public void Read(int first, Span<short> target)
        {
            Stretches.Add(target.Length);
            recording.Read(first, target);
        }
    }
}
