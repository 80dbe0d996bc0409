using System.Runtime.InteropServices;
using Emotion.Features;
using Emotion.Inference.Audio;
using Emotion.Inference.Sessions;

namespace Emotion.Inference.Tests;

public sealed class AudioModelTests : IAsyncLifetime
{
    private const int Rate = 16_000;
    private readonly Packages _packages = new();
    private AudioModel _model = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _model = AudioModel.Load(await _packages.AudioAsync(), Packages.Runtime);

    public async ValueTask DisposeAsync()
    {
        await _model.DisposeAsync();
        _packages.Dispose();
    }

    [Theory]
    [InlineData(1, 0.0)]
    [InlineData(3, 0.0)]
    [InlineData(641, 0.25)]
    [InlineData(1_000_000, 0.25)]
    public async Task Classify_AnyCutOfTheStream_EqualsTheWindowsAlone(int chunk, double firstSample)
    {
        var pcm = Voice(seconds: 6);
        ClipWindow[] windows = [new(0, 0, 2), new(1, 1.5, 4), new(2, 4, 6 + firstSample)];

        var streamed = await StreamAsync(pcm, chunk, windows, firstSample);

        Assert.Equal([0, 1, 2], streamed.Select(result => result.Window.Index));
        foreach (var result in streamed)
        {
            var from = Math.Max(0, (int)((result.Window.StartSeconds - firstSample) * Rate));
            var to = Math.Min(pcm.Length, (int)((result.Window.EndSeconds - firstSample) * Rate));
            var alone = await _model.ClassifyAsync(result.Window, pcm.AsMemory(from..to), Token);
            Assert.Null(result.Abstention);
            // A batch adds up in another order.
            Assert.All(alone.Posterior.Zip(result.Posterior), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
            Assert.All(alone.Embedding.Zip(result.Embedding), pair => Assert.Equal(pair.First, pair.Second, tolerance: 1e-4f));
            Assert.Equal(alone.LevelsDecibels, result.LevelsDecibels);
            Assert.Equal(1, result.Posterior.Sum(), 5);
            Assert.Equal(512, result.Embedding.Length);
        }

        Assert.True(Math.Abs(streamed[0].Posterior[0] - streamed[2].Posterior[0]) > 1e-3);
    }

    [Fact]
    public async Task Classify_WindowComplete_AnswersBeforeTheStreamEnds()
    {
        var more = new TaskCompletionSource();
        async IAsyncEnumerable<ReadOnlyMemory<byte>> Live()
        {
            yield return Bytes(Voice(seconds: 2));
            await more.Task;
            yield return Bytes(Voice(seconds: 2));
        }

        await using var results = _model.ClassifyAsync(Live(), [new(0, 0, 2), new(1, 2, 4)], 0, Token).GetAsyncEnumerator(Token);

        Assert.True(await results.MoveNextAsync());
        Assert.Equal(0, results.Current.Window.Index);
        more.SetResult();
        Assert.True(await results.MoveNextAsync());
        Assert.False(await results.MoveNextAsync());
    }

    [Fact]
    public async Task Classify_CancelledWhileWindowsAreComputed_EndsAfterThem()
    {
        // The caller lets the model go next, and the memory of its graphs with it.
        const int Long = 600;
        var turnstile = new Turnstile(atOnce: 2, headStart: 1);
        await using var model = AudioModel.Load(await _packages.AudioAsync(), Packages.Runtime with { FrontEnds = turnstile });
        using var cancellation = new CancellationTokenSource();
        await turnstile.EnterAsync(Token);
        await turnstile.EnterAsync(Token);
        await using (var results = model.ClassifyAsync(Live(), [new(0, 0, 1), new(1, 0, Long)], 0, cancellation.Token).GetAsyncEnumerator(Token))
        {
            var first = results.MoveNextAsync(); // Both wait for their turn.

            turnstile.Leave(); // They have it from now on, wanted or not, and the second for much longer.
            turnstile.Leave();
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await first);
        }

        Assert.True(turnstile.EnterAsync(Token).IsCompletedSuccessfully && turnstile.EnterAsync(Token).IsCompletedSuccessfully);

        async IAsyncEnumerable<ReadOnlyMemory<byte>> Live()
        {
            yield return Bytes(Voice(Long));
            await Task.Delay(Timeout.Infinite, cancellation.Token);
        }
    }

    [Fact]
    public async Task Classify_Silence_AbstainsWithItsReasonAndKeepsLevels()
    {
        var results = await StreamAsync(new short[2 * Rate], 4096, [new(0, 0, 2)], 0);

        var silent = Assert.Single(results);
        Assert.Equal(AbstentionReason.NoSpeech, silent.Abstention?.Reason);
        Assert.Empty(silent.Posterior);
        Assert.Equal(0, silent.SpeechRatio);
        Assert.Equal(Enumerable.Repeat(-100f, 20), silent.LevelsDecibels);
    }

    [Fact]
    public async Task Classify_SoundEndsEarly_LaterWindowsAreTooShort()
    {
        var results = await StreamAsync(Voice(seconds: 2), 4096, [new(0, 0, 2), new(1, 2, 4)], 0);

        Assert.Null(results[0].Abstention);
        Assert.Equal(AbstentionReason.TooShort, results[1].Abstention?.Reason);
    }

    [Fact]
    public async Task Classify_MoreSoundThanThePlanSpans_IsRefused() =>
        await Assert.ThrowsAsync<LimitExceededException>(() => StreamAsync(Voice(seconds: 3), 4096, [new(0, 0, 2)], 0));

    [Fact]
    public async Task Classify_OddNumberOfBytes_IsRefusedAfterTheWindowsThatWereWhole()
    {
        var seen = 0;
        var failure = await Assert.ThrowsAsync<InvalidInputException>(async () =>
        {
            var bytes = new byte[] { 1 };
            await foreach (var _ in _model.ClassifyAsync(Chunks(Voice(seconds: 2), 4096, bytes), [new(0, 0, 2), new(1, 2, 4)], 0, Token)) seen++;
        });

        Assert.Contains("odd number", failure.Message);
        Assert.Equal(1, seen);
    }

    [Fact]
    public async Task Classify_PlanOutOfOrder_IsRefused()
    {
        var failure = await Assert.ThrowsAsync<InvalidInputException>(() => StreamAsync(Voice(1), 4096, [new(0, 1, 2), new(1, 0, 2)], 0));

        Assert.Contains("Window 1", failure.Message);
    }

    [Fact]
    public async Task Classify_Level_FollowsTheLoudness()
    {
        var pcm = new short[Rate];
        for (var i = 0; i < Rate / 2; i++) pcm[i] = (short)(i % 2 == 0 ? 16384 : -16384);

        var result = await _model.ClassifyAsync(new ClipWindow(0, 0, 1), pcm, Token);

        Assert.Equal(10, result.LevelsDecibels.Length);
        Assert.Equal(-6.02, result.LevelsDecibels[0], 2);
        Assert.Equal(-100, result.LevelsDecibels[9]);
    }

    private async Task<List<AudioWindowResult>> StreamAsync(short[] pcm, int chunk, ClipWindow[] windows, double firstSample)
    {
        var results = new List<AudioWindowResult>();
        await foreach (var result in _model.ClassifyAsync(Chunks(pcm, chunk, []), windows, firstSample, Token)) results.Add(result);
        return results;
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Chunks(short[] pcm, int chunk, byte[] extra)
    {
        byte[] bytes = [.. Bytes(pcm), .. extra];
        for (var at = 0; at < bytes.Length; at += chunk)
        {
            // One byte at a time through the whole clip would take long and show nothing more.
            var size = chunk < 64 && at > 4096 ? 4097 - 4097 % chunk + chunk : chunk;
            yield return bytes.AsMemory(at, Math.Min(size, bytes.Length - at));
            at += size - chunk;
            await Task.Yield();
        }
    }

    private static byte[] Bytes(short[] pcm) => MemoryMarshal.AsBytes(pcm.AsSpan()).ToArray();

    // A tone that rises, so that every window sounds otherwise.
    private static short[] Voice(int seconds) => [.. Enumerable.Range(0, seconds * Rate).Select(i =>
        (short)(6000 * Math.Sin(2 * Math.PI * (200 + 100.0 * i / Rate) * i / Rate)))];
}
