using Emotion.Features.Mfcc;

namespace Emotion.Features.Tests;

public class MfccPlacementTests
{
    private static readonly MfccFrontEnd FrontEnd = new(Specs.Mfcc);

    [Fact]
    public void WriteWindow_SpeechBetweenSilences_IsTrimmedAndCentred()
    {
        var pcm = new short[64000];
        MfccFrontEndTests.Noise(1, 16000).CopyTo(pcm, 24000);
        var features = new float[FrontEnd.FeatureCount];
        var quality = FrontEnd.WriteWindow(pcm, features);

        Assert.Equal(AudioAbstention.None, quality.Abstention);
        // 1 s of sound touches the analysis frames 148 to 249; ten more stay on each side.
        Assert.InRange(quality.SpeechFrames, 98, 102);
        Assert.InRange(quality.RegionStart, 137, 141);
        Assert.Equal(quality.SpeechFrames + 20, quality.RegionFrames);
        Assert.Equal(quality.SpeechFrames / 398.0, quality.SpeechRatio, 1e-9);
        Assert.Equal(-800, features[0], 1e-2);
        Assert.Equal(-800, features[^40], 1e-2);
        Assert.True(features[150 * 40] > -700);
    }

    [Fact]
    public void WriteWindow_WhereTheSpeechLies_MakesNoDifference()
    {
        var (early, late) = (new short[64000], new short[64000]);
        var speech = MfccFrontEndTests.Noise(2, 16000);
        speech.CopyTo(early, 8000);
        speech.CopyTo(late, 8000 + 100 * Specs.Mfcc.HopLength);
        var (a, b) = (new float[FrontEnd.FeatureCount], new float[FrontEnd.FeatureCount]);
        FrontEnd.WriteWindow(early, a);
        FrontEnd.WriteWindow(late, b);
        Assert.Equal(a, b);
    }

    [Fact]
    public void WriteWindow_LongerThanTheFeatures_KeepsTheMiddle()
    {
        var pcm = MfccFrontEndTests.Noise(3, 80000);
        var frames = FrontEnd.FrameCount(pcm.Length);
        var (coefficients, levels) = (new float[frames * 40], new float[frames]);
        FrontEnd.Compute(pcm, coefficients, levels);
        var features = new float[FrontEnd.FeatureCount];
        var quality = FrontEnd.Place(coefficients, levels, features);
        Assert.Equal(498, quality.RegionFrames);
        Assert.Equal(coefficients[(99 * 40)..(399 * 40)], features);
    }

    [Fact]
    public void WriteWindow_Normalised_IsMeanAndDeviationApplied()
    {
        var spec = Specs.Mfcc with
        {
            Mean = [.. Enumerable.Range(0, 40).Select(i => (float)i)],
            Deviation = [.. Enumerable.Range(0, 40).Select(i => 1f + i)],
        };
        var pcm = MfccFrontEndTests.Noise(4, 40000);
        var (raw, normalised) = (new float[FrontEnd.FeatureCount], new float[FrontEnd.FeatureCount]);
        FrontEnd.WriteWindow(pcm, raw);
        new MfccFrontEnd(spec).WriteWindow(pcm, normalised);
        for (var i = 0; i < raw.Length; i++)
        {
            Assert.Equal((raw[i] - i % 40) / (1 + i % 40), normalised[i], 1e-3);
        }
    }

    [Theory]
    [InlineData(0, 399, AudioAbstention.TooShort)]
    [InlineData(0, 32000, AudioAbstention.Silence)]
    [InlineData(3, 32000, AudioAbstention.Silence)]
    [InlineData(8000, 800, AudioAbstention.TooLittleSpeech)]
    [InlineData(8000, 32000, AudioAbstention.None)]
    public void WriteWindow_LittleToHear_AbstainsWithTheReason(int amplitude, int samples, AudioAbstention expected)
    {
        var features = new float[FrontEnd.FeatureCount];
        var quality = FrontEnd.WriteWindow(MfccFrontEndTests.Noise(5, samples, amplitude), features);
        Assert.Equal(expected, quality.Abstention);
        Assert.All(features, value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void WriteWindow_NothingAtAll_IsPaddingOnly()
    {
        var features = new float[FrontEnd.FeatureCount];
        Assert.Equal(AudioAbstention.TooShort, FrontEnd.WriteWindow(ReadOnlySpan<short>.Empty, features).Abstention);
        Assert.All(features.Chunk(40), frame => Assert.Equal(-800, frame[0], 1e-3));
    }

    [Fact]
    public void Statistics_OfFeatures_MakeThemMeanZeroAndDeviationOne()
    {
        var pcm = MfccFrontEndTests.Noise(6, 48000 + 400 - 160);
        var raw = new float[FrontEnd.FeatureCount];
        FrontEnd.WriteWindow(pcm, raw);
        var statistics = new CoefficientStatistics(40);
        statistics.Add(raw);
        var normalised = new float[FrontEnd.FeatureCount];
        new MfccFrontEnd(statistics.ApplyTo(Specs.Mfcc)).WriteWindow(pcm, normalised);

        Assert.Equal(300, statistics.Frames);
        for (var i = 0; i < 40; i++)
        {
            var values = Enumerable.Range(0, 300).Select(t => (double)normalised[t * 40 + i]).ToArray();
            Assert.Equal(0, values.Average(), 1e-3);
            Assert.Equal(1, Math.Sqrt(values.Sum(v => v * v) / 299), 1e-2);
        }
    }

    [Fact]
    public void Statistics_OfOneFrame_AreRefused()
    {
        var statistics = new CoefficientStatistics(2);
        statistics.Add([1, 2]);
        Assert.Throws<InvalidOperationException>(() => statistics.ApplyTo(Specs.Mfcc));
        Assert.Throws<ArgumentException>(() => statistics.Add([1]));
    }

    [Fact]
    public void Spec_OfAnotherRevisionOrContradictory_IsRefused()
    {
        Assert.Contains("revision", Assert.Throws<ArgumentException>(() => new MfccFrontEnd(Specs.Mfcc with { Revision = 2 })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new MfccFrontEnd(Specs.Mfcc with { FftSize = 500 }));
        Assert.Throws<ArgumentException>(() => new MfccFrontEnd(Specs.Mfcc with { Mean = [1] }));
        Assert.Throws<ArgumentException>(() => new MfccFrontEnd(Specs.Mfcc with { HighHertz = 9000 }));
        Assert.Throws<ArgumentException>(() => new MfccFrontEnd(Specs.Mfcc with { FftSize = 512, MelBands = 400 }));
    }
}
