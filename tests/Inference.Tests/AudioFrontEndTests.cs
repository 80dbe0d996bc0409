using Emotion.Features;
using Emotion.Features.Mfcc;
using Emotion.Inference.Audio;
using Emotion.ModelRegistry;

namespace Emotion.Inference.Tests;

/// <summary>Voice activity and encoder in a package; the tiny graphs take loud sound for speech.</summary>
public sealed class AudioFrontEndTests : IDisposable
{
    private const int Rate = 16_000;
    private readonly Packages _packages = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _packages.Dispose();

    [Fact]
    public async Task Classify_SpeechInHalfOfTheWindow_AnswersAndSaysHowMuch()
    {
        await using var model = AudioModel.Load(await _packages.FullAudioAsync(), Packages.Runtime);

        var result = await model.ClassifyAsync(new ClipWindow(0, 0, 4), Tone(loudSeconds: 2, seconds: 4), Token);

        Assert.Null(result.Abstention);
        Assert.Equal(1, result.Posterior.Sum(), 5);
        Assert.InRange(result.SpeechRatio, 0.48, 0.52);
    }

    [Fact]
    public async Task Classify_SoundThatIsNoSpeech_AbstainsWithTheSecondsItHeard()
    {
        await using var model = AudioModel.Load(await _packages.FullAudioAsync(), Packages.Runtime);

        var result = await model.ClassifyAsync(new ClipWindow(0, 0, 4), Tone(loudSeconds: 0.25, seconds: 4), Token);

        Assert.Equal(AbstentionReason.NoSpeech, result.Abstention?.Reason);
        Assert.Equal("Nothing here sounds like speech: 0.3 s of 4.0 s do, 0.5 s are needed.", result.Abstention?.Detail);
        Assert.Empty(result.Posterior);
        Assert.Equal(40, result.LevelsDecibels.Length);
    }

    [Fact]
    public async Task Classify_WithAnEncoder_FeedsItTheSpeechAlone()
    {
        await using var model = AudioModel.Load(await _packages.FullAudioAsync(), Packages.Runtime);
        await using var deaf = AudioModel.Load(await _packages.AudioAsync(), Packages.Runtime);
        var frontEnd = new MfccFrontEnd(Packages.Mfcc);
        var speech = Tone(loudSeconds: 2, seconds: 2);
        short[] padded = [.. new short[Rate], .. speech, .. new short[Rate]];

        var heard = await model.ClassifyAsync(new ClipWindow(0, 0, 4), padded, Token);
        var golden = await model.RunGoldenAsync(new() { ["pcm"] = Array.ConvertAll(padded, sample => (float)sample) }, Token);

        var trimmed = frontEnd.Speech(padded, frontEnd.WriteWindow(padded, new float[frontEnd.FeatureCount])).ToArray();
        Assert.InRange(trimmed.Length, speech.Length, speech.Length + Rate);
        Assert.Equal(trimmed.Average(sample => sample / 32768.0 * sample / 32768.0), golden["encoder"][3], 1e-5);
        Assert.Equal(trimmed.Max() / 32768f, golden["encoder"][0]);
        Assert.Equal(golden["posterior"], heard.Posterior);
        Assert.Equal(125, golden["speech"].Length);
        Assert.NotEqual((await deaf.ClassifyAsync(new ClipWindow(0, 0, 4), padded, Token)).Posterior, heard.Posterior);
    }

    [Fact]
    public async Task Classify_ManyWindowsAtOnce_GivesEachItsOwnEncoding()
    {
        await using var model = AudioModel.Load(await _packages.FullAudioAsync(), Packages.Runtime);
        var windows = Enumerable.Range(1, 12).Select(i => Tone(loudSeconds: 2, seconds: 2, amplitude: 2000 * i + 4000)).ToList();

        var together = await Task.WhenAll(windows.Select(pcm => model.ClassifyAsync(new ClipWindow(0, 0, 2), pcm, Token)));

        for (var i = 0; i < windows.Count; i++)
        {
            var alone = await model.ClassifyAsync(new ClipWindow(0, 0, 2), windows[i], Token);
            Assert.All(alone.Posterior.Zip(together[i].Posterior), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        }
    }

    [Fact]
    public async Task Load_ClassifierWithoutItsEncoder_IsRefused() => Assert.Contains(
        "'encoder'", (await Assert.ThrowsAsync<PackageIntegrityException>(() => _packages.FullAudioAsync(encoderGraph: false))).Message);

    [Fact]
    public async Task Load_GraphWithoutItsSpec_IsRefusedByName()
    {
        var voiceless = await Assert.ThrowsAsync<UnservablePackageException>(
            () => _packages.FullAudioAsync(Packages.FullAudio with { VoiceActivity = null }));
        Assert.Contains("'voice-activity'", voiceless.Message);
        var deaf = await Assert.ThrowsAsync<UnservablePackageException>(() => _packages.FullAudioAsync(Packages.FullAudio with { Encoder = null }));
        Assert.Contains("'encoder'", deaf.Message);
    }

    [Fact]
    public async Task Load_SpecOfAnotherRateOrAgainstItself_IsRefused()
    {
        var voice = Packages.FullAudio.VoiceActivity!;
        var fast = await Assert.ThrowsAsync<UnservablePackageException>(
            () => _packages.FullAudioAsync(Packages.FullAudio with { VoiceActivity = voice with { SampleRate = 8000 } }));
        Assert.Contains("8000 Hz", fast.Message);
        var twisted = await Assert.ThrowsAsync<UnservablePackageException>(
            () => _packages.FullAudioAsync(Packages.FullAudio with { VoiceActivity = voice with { Begin = 0.1, End = 0.2 } }));
        Assert.Contains("end <= begin", twisted.Message);
    }

    [Theory]
    [InlineData(new[] { 0.1f, 0.6f, 0.4f, 0.3f, 0.6f, 0.1f }, 0.0, "1-3 4-5")]
    [InlineData(new[] { 0.1f, 0.6f, 0.4f, 0.3f, 0.6f, 0.1f }, 0.04, "1-5")]
    [InlineData(new[] { 0.6f, 0.1f, 0.1f, 0.1f, 0.6f }, 0.05, "0-1 4-5")]
    [InlineData(new[] { 0.4f, 0.4f, 0.4f }, 0.05, "")]
    [InlineData(new float[0], 0.05, "")]
    public void Regions_OfProbabilities_BeginHighEndLowAndBridgeShortPauses(float[] probabilities, double pause, string expected)
    {
        var spec = Packages.FullAudio.VoiceActivity! with { Begin = 0.5, End = 0.35, PauseSeconds = pause };

        var regions = SpeechRegions.Of(probabilities, spec);

        Assert.Equal(expected, string.Join(' ', regions.Select(region => $"{region.StartSeconds / 0.032:0}-{region.EndSeconds / 0.032:0}")));
        Assert.Equal(regions.Sum(region => region.Seconds), SpeechRegions.Seconds(probabilities, spec), 9);
    }

    [Fact]
    public void Regions_ShorterThanTheLeast_AreNone()
    {
        var spec = Packages.FullAudio.VoiceActivity! with { Begin = 0.5, End = 0.35, RegionSeconds = 0.06 };

        Assert.Single(SpeechRegions.Of([0.9f, 0, 0.9f, 0.9f, 0], spec));
    }

    private static short[] Tone(double loudSeconds, int seconds, int amplitude = 16000) => [.. Enumerable.Range(0, seconds * Rate).Select(i =>
        (short)((i < loudSeconds * Rate ? amplitude : amplitude / 8) * Math.Sin(2 * Math.PI * 250 * i / Rate)))];
}
