using System.Buffers;
using Emotion.Inference.Audio;
using Emotion.Inference.Tests.Graphs;
using Emotion.Inference.Text;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Inference.Tests;

/// <summary>Sound that is not in memory as a whole.</summary>
[Collection(nameof(LoadedText))]
public sealed class RecordingTests(LoadedText loaded)
{
    private const string Sentence = "When the revolution comes, I will have to destroy you all.";

    /// <summary>Samples of one run of voice activity.</summary>
    private const int Run = 512 * 512;

    private readonly ModelPackage _package = loaded.Package;
    private readonly TextModel _model = loaded.Model;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Probabilities_OfARecording_AreToTheLastBitThoseOfTheWhole()
    {
        var shipped = Directory.EnumerateDirectories(Repository.PathOf("models", "audio")).Single();
        using var voice = new VoiceActivity(
            Packages.Runtime.Sessions.Open(await ModelPackage.OpenAsync(shipped, Token), AudioModel.VoiceRole), Packages.FullAudio.VoiceActivity!);
        var sentence = await Speaker.SayAsync(Sentence);
        short[] pcm = [.. sentence, .. new short[Run - sentence.Length - 20_000], .. sentence, .. new short[Run], .. sentence, .. new short[77]];
        var (whole, stretches) = (new float[voice.ChunkCount(pcm.Length)], new float[voice.ChunkCount(pcm.Length)]);
        var recording = new Watched(pcm);

        voice.Probabilities(pcm, whole);
        voice.Probabilities(recording, stretches, Token);

        Assert.Equal(whole, stretches);
        Assert.True(whole.Max() > 0.9 && whole.Min() < 0.1);
        Assert.Equal(Run, recording.Longest);
    }

    [Fact]
    public void Probabilities_OfARecording_LeaveNoSoundInThePool()
    {
        using var voice = Voice();

        voice.Probabilities(new Watched(Enumerable.Repeat((short)0x5555, Run + 5000).ToArray()), new float[1024], Token);

        // What this thread gave back, it gets.
        var rented = ArrayPool<short>.Shared.Rent(Run);
        Assert.DoesNotContain((short)0x5555, rented);
        ArrayPool<short>.Shared.Return(rented);
    }

    [Fact]
    public async Task Transcribe_RecordingOfManyRuns_IsCutWhereTheWholeIsAndReadInStretches()
    {
        var sentence = await Speaker.SayAsync(Sentence);
        short[] pcm = [.. new short[16_000], .. sentence, .. new short[Run - sentence.Length - 40_000], .. sentence, .. new short[Run], .. sentence];
        using var voice = Voice();
        var whole = new float[voice.ChunkCount(pcm.Length)];
        voice.Probabilities(pcm, whole);
        var cut = SpeechPieces.Of(whole, pcm.Length, Moonshine.Spec.VoiceActivity, Moonshine.Spec.Transcriber);
        var recording = new Watched(pcm);

        var transcription = await _model.Transcriber.TranscribeAsync(recording, "", Token);

        Assert.Equal([Sentence, Sentence, Sentence], transcription.Pieces.Select(piece => piece.Text));
        Assert.Equal(
            cut.Select(piece => (piece.First / 16000.0, piece.End / 16000.0)),
            transcription.Pieces.Select(piece => (piece.StartSeconds, piece.EndSeconds)));
        Assert.InRange(cut[1].First, 1, Run);
        Assert.InRange(cut[1].End, Run, pcm.Length);
        Assert.Equal(Run, recording.Longest);
    }

    [Fact]
    public async Task Transcribe_CancelledWhileItLooksForSpeech_ReadsNoMore()
    {
        using var cancelled = new CancellationTokenSource();
        var recording = new Watched(new short[5 * Run], reads =>
        {
            if (reads == 2)
            {
                cancelled.Cancel();
            }
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _model.Transcriber.TranscribeAsync(recording, "", cancelled.Token));

        Assert.Equal(2, recording.Reads);
    }

    [Fact]
    public async Task Transcribe_CancelledAfterAPiece_HearsNoOther()
    {
        var okay = await Speaker.SayAsync("Okay.");
        short[] pcm = [.. okay, .. new short[32_000], .. okay];
        using var cancelled = new CancellationTokenSource();
        var recording = new Watched(pcm);
        var pieces = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var piece in _model.Transcriber.PiecesAsync(recording, cancelled.Token))
            {
                pieces++;
                await cancelled.CancelAsync();
            }
        });

        Assert.Equal(1, pieces);
        Assert.InRange(recording.Furthest, 1, pcm.Length - okay.Length);
    }

    [Fact]
    public async Task Transcribe_LooksForSpeech_AwayFromTheCallersThread()
    {
        using var returned = new ManualResetEventSlim();
        var waited = false;
        var recording = new Watched(new short[16_000], _ => waited = returned.Wait(TimeSpan.FromMinutes(2), Token));

        var running = _model.Transcriber.TranscribeAsync(recording, "", Token);
        returned.Set();
        await running;

        Assert.True(waited);
    }

    private VoiceActivity Voice() => new(Packages.Runtime.Sessions.Open(_package, TextModel.VoiceRole), Moonshine.Spec.VoiceActivity);

    /// <summary>Tells what was read of it.</summary>
    private sealed class Watched(short[] pcm, Action<int>? read = null) : IRecording
    {
        public int Samples => pcm.Length;

        public int Reads { get; private set; }

        public int Longest { get; private set; }

        /// <summary>Behind the last stretch that was read.</summary>
        public int Furthest { get; private set; }

        public void Read(int first, Span<short> target)
        {
            Reads++;
            (Longest, Furthest) = (Math.Max(Longest, target.Length), first + target.Length);
            pcm.AsSpan(first, target.Length).CopyTo(target);
            read?.Invoke(Reads);
        }
    }
}
