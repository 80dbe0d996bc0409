using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Features.Mfcc;
using Emotion.Inference.Audio;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Inference.Tests;

/// <summary>Posteriors that are less sure in noise: the estimate, the temperature, and what a package without them says.</summary>
public sealed class NoiseTemperatureTests : IDisposable
{
    private const int Rate = 16_000;

    private static readonly NoiseSpec Spec = new()
    {
        Revision = 1, SilenceDecibels = -80, LowPercentile = 10, HighPercentile = 95,
        Knots = [new() { Decibels = 0, Temperature = 3 }, new() { Decibels = 10, Temperature = 2 }, new() { Decibels = 20, Temperature = 1 }],
    };

    private readonly Packages _packages = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _packages.Dispose();

    [Theory]
    [InlineData(1.5, 0)]
    [InlineData(4.0, 0)]
    [InlineData(4.0, 1)]
    public void Decibels_OfToneBurstsInWhiteNoise_RiseWithTheTruthAndLieNearIt(double seconds, double silenceAround)
    {
        double[] truth = [0, 5, 10, 15, 20, 25, 30];

        var estimates = truth.Select(decibels => Estimate(Padded(Bursts(seconds, decibels), silenceAround))!.Value).ToList();

        Assert.All(truth.Zip(estimates), pair => Assert.InRange(pair.Second, pair.First - 3, pair.First + 3));
        Assert.All(estimates.Zip(estimates.Skip(1)), pair => Assert.True(pair.First < pair.Second));
    }

    [Fact]
    public void Decibels_OfNoiseAlone_AreBelowThoseOfAnyVoice() =>
        Assert.InRange(Estimate(Bursts(4, decibels: -60))!.Value, -20, -3);

    [Fact]
    public void Decibels_OfCleanBursts_AreThoseOfCleanSound() =>
        Assert.InRange(Estimate(Bursts(4, decibels: 50))!.Value, 40, 60);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Decibels_OfLittleOrNothing_AreNone(int frames)
    {
        var spec = new NoiseTemperature(Spec);

        Assert.Null(spec.Decibels(Enumerable.Repeat(-90f, frames).ToArray()));
        Assert.Null(spec.Decibels(Enumerable.Repeat(float.NaN, frames).ToArray()));
    }

    [Theory]
    [InlineData(-20, 3)]
    [InlineData(0, 3)]
    [InlineData(5, 2.5)]
    [InlineData(10, 2)]
    [InlineData(15, 1.5)]
    [InlineData(20, 1)]
    [InlineData(60, 1)]
    public void Temperature_BetweenKnots_IsLinearAndBeyondThemConstant(double decibels, double expected) =>
        Assert.Equal(expected, new NoiseTemperature(Spec).Temperature(decibels), 9);

    [Theory]
    [InlineData(-5)]
    [InlineData(7)]
    [InlineData(19.9)]
    public void Temper_InNoise_IsLessSureAndKeepsOrderSumAndZeros(double decibels)
    {
        float[] posterior = [0.7f, 0, 0.15f, 0.1f, 0.04f, 1e-30f, 0.01f, 0];
        var tempered = posterior.ToArray();

        new NoiseTemperature(Spec).Temper(tempered, decibels);

        Assert.Equal(1, tempered.Sum(), 5);
        Assert.True(tempered[0] < posterior[0]);
        Assert.Equal((0f, 0f), (tempered[1], tempered[7]));
        int[] Order(float[] values) => [.. Enumerable.Range(0, values.Length).OrderByDescending(i => values[i])];
        Assert.Equal(Order(posterior), Order(tempered));
    }

    [Fact]
    public void Temper_WithOffsets_TakesDownWhatNoiseIsTakenFor()
    {
        double[] none = new double[8], calm = [0, -1, 0, 0, 0, 0, 0, 0.5];
        var noise = new NoiseTemperature(Spec with
        {
            Knots = [new() { Decibels = 0, Temperature = 1, Offsets = calm }, new() { Decibels = 10, Temperature = 1, Offsets = none }],
        });
        float[] posterior = [0.3f, 0.5f, 0.2f, 0, 0, 0, 0, 0];
        var (noisy, between, clean) = (posterior.ToArray(), posterior.ToArray(), posterior.ToArray());

        noise.Temper(noisy, 0);
        noise.Temper(between, 5);
        noise.Temper(clean, 10);

        Assert.Equal(0.5 / 0.3 * Math.Exp(-1), noisy[1] / noisy[0], 5);
        Assert.Equal(0.5 / 0.3 * Math.Exp(-0.5), between[1] / between[0], 5);
        Assert.Equal(0.2 / 0.3, noisy[2] / noisy[0], 5);
        Assert.Equal(1, noisy.Sum(), 5);
        Assert.Equal(0, noisy[7]);
        Assert.Equal(posterior, clean);
    }

    [Fact]
    public async Task Classify_WithoutNoiseSpecOrClean_AnswersAsTheGraphDoes()
    {
        await using var before = AudioModel.Load(await _packages.AudioAsync(), Packages.Runtime);
        await using var after = AudioModel.Load(await _packages.AudioAsync(noise: Spec), Packages.Runtime);
        var (window, clean) = (new ClipWindow(0, 0, 4), Bursts(4, decibels: 60));

        var (plain, told) = (await before.ClassifyAsync(window, clean, Token), await after.ClassifyAsync(window, clean, Token));

        Assert.Null(plain.SignalToNoiseDecibels);
        Assert.InRange(told.SignalToNoiseDecibels!.Value, 30, 60);
        Assert.Equal(plain.Posterior, told.Posterior);
        Assert.Equal(plain.Embedding, told.Embedding);
    }

    [Fact]
    public async Task Classify_InNoise_IsTheGraphsAnswerTempered()
    {
        await using var before = AudioModel.Load(await _packages.AudioAsync(), Packages.Runtime);
        await using var after = AudioModel.Load(await _packages.AudioAsync(noise: Spec), Packages.Runtime);
        var (window, noisy) = (new ClipWindow(0, 0, 4), Bursts(4, decibels: 5));

        var (plain, told) = (await before.ClassifyAsync(window, noisy, Token), await after.ClassifyAsync(window, noisy, Token));

        var expected = plain.Posterior.ToArray();
        new NoiseTemperature(Spec).Temper(expected, told.SignalToNoiseDecibels!.Value);
        Assert.Equal(expected, told.Posterior);
        Assert.True(told.Posterior.Max() < plain.Posterior.Max());
        Assert.Equal(plain.Embedding, told.Embedding);
    }

    [Fact]
    public async Task Classify_SilenceWithANoiseSpec_AbstainsWithoutAnEstimate()
    {
        await using var model = AudioModel.Load(await _packages.AudioAsync(noise: Spec), Packages.Runtime);

        var silent = await model.ClassifyAsync(new ClipWindow(0, 0, 2), new short[2 * Rate], Token);

        Assert.Equal(AbstentionReason.NoSpeech, silent.Abstention?.Reason);
        Assert.Null(silent.SignalToNoiseDecibels);
    }

    [Theory]
    [InlineData("revision", "2", "it must hold that revision is 1, not 2.")]
    [InlineData("lowPercentile", "95", "0 <= lowPercentile < highPercentile <= 100")]
    [InlineData("highPercentile", "101", "0 <= lowPercentile < highPercentile <= 100")]
    [InlineData("knots", "[]", "there is a knot")]
    [InlineData("knots", """[{"decibels":0,"temperature":0.9}]""", "temperatures finite and at least 1")]
    [InlineData("knots", """[{"decibels":5,"temperature":2},{"decibels":5,"temperature":1}]""", "knots rise in decibels")]
    [InlineData("knots", """[{"decibels":5,"temperature":1},{"decibels":6,"temperature":2}]""", "temperatures do not rise with decibels")]
    [InlineData("knots", """[{"decibels":5}]""", "'temperature'")]
    [InlineData("knots", """[{"decibels":5,"temperature":2,"offsets":[0,0]}]""", "each knot has 8 offsets between -20 and 20, or none of them has any")]
    [InlineData("knots", """[{"decibels":5,"temperature":2,"offsets":[0,0,0,0,0,0,0,0]},{"decibels":6,"temperature":1}]""", "each knot has 8 offsets between -20 and 20")]
    [InlineData("knots", """[{"decibels":5,"temperature":2,"offsets":[0,0,0,0,0,0,0,-21]}]""", "each knot has 8 offsets between -20 and 20")]
    [InlineData("knots", "[null]", "frontEnd:")]
    [InlineData("silenceDecibels", null, "'silenceDecibels'")]
    public async Task Load_NoiseSpecThatCannotBe_IsRefusedByName(string member, string? json, string expected)
    {
        var package = await Packages.ResealAsync(await _packages.AudioAsync(noise: Spec), manifest =>
        {
            var frontEnd = (JsonObject)manifest.FrontEnd.DeepClone();
            var noise = frontEnd["noise"]!.AsObject();
            if (json is null)
            {
                noise.Remove(member);
            }
            else
            {
                noise[member] = JsonNode.Parse(json);
            }

            return manifest with { FrontEnd = frontEnd };
        });

        var wrong = Assert.Throws<UnservablePackageException>(() => AudioModel.Load(package, Packages.Runtime));

        Assert.StartsWith($"audio/{package.Version}: ", wrong.Message, StringComparison.Ordinal);
        Assert.Contains(expected, wrong.Message, StringComparison.Ordinal);
    }

    private static double? Estimate(short[] pcm)
    {
        // Pre-emphasis would take from the tone and not from the noise.
        var frontEnd = new MfccFrontEnd(Packages.Mfcc with { PreEmphasis = 0 });
        var levels = new float[frontEnd.FrameCount(pcm.Length)];
        frontEnd.WriteWindow(pcm, new float[frontEnd.FeatureCount], levels);
        return new NoiseTemperature(Spec).Decibels(levels);
    }

    // Tones of a quarter second, and as much between them, in white noise; the ratio is of the tones' power.
    private static short[] Bursts(double seconds, double decibels)
    {
        const double Amplitude = 8000;
        var (random, noise) = (new Random(1), Amplitude / Math.Sqrt(2) * Math.Pow(10, -decibels / 20));
        // The sum of twelve even numbers is as good as Gaussian, and never beyond 6; all of it stays within full scale.
        var scale = Math.Min(1, Amplitude / 2 / noise);
        return
        [
            .. Enumerable.Range(0, (int)(seconds * Rate)).Select(i => (short)Math.Round(scale * (
                (i / (Rate / 4) % 2 == 0 ? Amplitude * Math.Sin(2 * Math.PI * 440 * i / Rate) : 0)
                + noise * (Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6)))),
        ];
    }

    private static short[] Padded(short[] pcm, double seconds)
    {
        var silence = new short[(int)(seconds * Rate)];
        return [.. silence, .. pcm, .. silence];
    }
}
