using Emotion.Media;
using Emotion.Training.Evaluation;

namespace Emotion.Training.Tests.Reports;

public class RobustnessTests
{
    private const int Rate = 16000;

    [Theory]
    [InlineData(20)]
    [InlineData(10)]
    [InlineData(0)]
    public void WithNoise_OfADecibelFigure_HasThatMuchLessPowerThanTheSpeech(int decibels)
    {
        // One second of tone and one of nearly nothing: the pause must not count as speech.
        var speech = Tone(Rate, 3000).Concat(new short[Rate]).ToArray();

        var noisy = RobustnessSounds.WithNoise(speech, RobustnessSounds.WhiteNoise(speech.Length, 1), decibels);

        var noise = noisy.Zip(speech, (after, before) => (double)after - before).Select(value => value * value).Average();
        Assert.Equal(decibels, 10 * Math.Log10(3000.0 * 3000 / 2 / noise), 0.2);
    }

    [Fact]
    public void WithNoise_OfAQuietRecording_IsQuieterNoise()
    {
        var noise = RobustnessSounds.WhiteNoise(Rate, 1);

        var (loud, quiet) = (RobustnessSounds.WithNoise(Tone(Rate, 8000), noise, 10), RobustnessSounds.WithNoise(Tone(Rate, 80), noise, 10));

        Assert.Equal(100, Level(loud) / Level(quiet), 2.0);
    }

    [Fact]
    public void SpeechShape_OfLowSounds_MakesNoiseThatIsLow()
    {
        // White noise through a first-order low-pass: x[n] = 0.9 x[n-1] + w[n] has correlation 0.9 from sample to sample.
        var low = RobustnessSounds.WhiteNoise(4 * Rate, 3);
        for (var i = 1; i < low.Length; i++)
        {
            low[i] += 0.9f * low[i - 1];
        }

        var shape = RobustnessSounds.SpeechShape([Array.ConvertAll(low, value => (short)(1000 * value))]);
        var shaped = RobustnessSounds.Filtered(RobustnessSounds.WhiteNoise(4 * Rate, 4), shape);

        var correlation = shaped.Skip(1).Zip(shaped, (a, b) => (double)a * b).Sum() / shaped.Sum(value => (double)value * value);
        Assert.Equal(0.9, correlation, 0.02);
        Assert.Equal(2 * 160 + 1, shape.Length);
        Assert.All(Enumerable.Range(0, 160), n => Assert.Equal(shape[n], shape[^(n + 1)], 1e-3f * shape[160]));
    }

    [Fact]
    public void Filtered_ByAnEcho_AddsItLater()
    {
        var output = RobustnessSounds.Filtered([1, 2, 0, 0, 0], [1, 0, 0.5f]);

        Assert.Equal([1, 2, 0.5f, 1, 0], output);
    }

    [Fact]
    public void Reverberated_AClick_DecaysBySixtyDecibelsInTheTimeSaid()
    {
        var click = new short[Rate];
        click[100] = 30000;

        var wet = RobustnessSounds.Reverberated(click, 0.5, Rate, 7);

        // The energy of 10 % and of 60 % of the decay are 30 dB apart.
        double Energy(double from) => wet.AsSpan(100 + (int)(from * 0.5 * Rate), 400).ToArray().Sum(value => (double)value * value);
        Assert.Equal(30, 10 * Math.Log10(Energy(0.1) / Energy(0.6)), 3.0);
        Assert.Equal(Level(click), Level(wet), 0.05 * Level(click));
        Assert.All(wet.Take(100), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Clipped_ByATenth_HasATenthAtFullScale()
    {
        var clipped = RobustnessSounds.Clipped(Array.ConvertAll(RobustnessSounds.WhiteNoise(10_000, 5), value => (short)(300 * value)), 0.1);

        Assert.InRange(clipped.Count(value => value is short.MaxValue or short.MinValue), 990, 1010);
        Assert.Equal(new short[100], RobustnessSounds.Clipped(new short[100], 0.1));
    }

    [Fact]
    public async Task Coded_SeveralRecordings_ComeBackEachInItsPlace()
    {
        short[][] recordings = [Tone(8000, 5000), new short[4000], Tone(12_000, 1000)];
        using var guard = new FFMpegGuard(new MediaOptions());

        var coded = await RobustnessConditions.CodedAsync(new SoundCoder(guard), SoundCodec.Mp3, recordings, Rate, TestContext.Current.CancellationToken);

        Assert.Equal(recordings.Select(recording => recording.Length), coded.Select(recording => recording.Length));
        Assert.Equal(1, Level(coded[0]) / Level(recordings[0]), 0.1);
        Assert.InRange(Level(coded[1]), 0, 20);
        Assert.Equal(1, Level(coded[2]) / Level(recordings[2]), 0.1);
    }

    [Fact]
    public void Padded_OnBothSides_KeepsTheSoundInTheMiddle() => Assert.Equal([0, 0, 1, 2, 0, 0], RobustnessSounds.Padded([1, 2], 2));

    [Fact]
    public void ScoresOf_AnAbstention_CountsItAsWrong()
    {
        // Neutral: one right, one abstained. Surprised: one right of one.
        var cell = new RobustnessAnswers(
            "v", ["03-01-01-01-01-01-01", "03-01-01-01-01-02-01", "03-01-08-01-01-01-01"], [new ConditionAnswers("clean", "as recorded", "0-7")]);

        var scores = RobustnessAnswers.ScoresOf([cell, cell], "clean");

        Assert.Equal(new RobustnessScores(6, 2, 0.75, 2 / 3.0), scores);
    }

    private static short[] Tone(int samples, double amplitude) =>
        [.. Enumerable.Range(0, samples).Select(i => (short)Math.Round(amplitude * Math.Sin(2 * Math.PI * 440 * i / Rate)))];

    private static double Level(short[] samples) => Math.Sqrt(samples.Average(value => (double)value * value));
}
