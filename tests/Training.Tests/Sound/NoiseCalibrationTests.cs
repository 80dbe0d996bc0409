using System.Text.Json;
using Emotion.Features;
using Emotion.Inference.Audio;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Calibration;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Packaging;
using Emotion.Training.Tests.Own;

namespace Emotion.Training.Tests.Sound;

/// <summary>Temperatures of noise: their fit, and the shipped package with them.</summary>
public sealed class NoiseCalibrationTests : IDisposable
{
    private static readonly string Models = Path.Combine(DataRoot.RepositoryRoot(), "models");
    private static readonly NoisePrior Vague = new(new TemperaturePrior(Deviation: 2, Alike: 1), Offset: 2);
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-noise-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Fit_OfBoastsThatGrowWithNoise_FindsHowMuchEachBoasts()
    {
        List<HeardPosterior> windows = [.. Boasting(0, 3), .. Boasting(10, 2), .. Boasting(20, 1)];

        var knots = NoiseTemperatureFit.Fit([0, 10, 20], windows, Vague);

        Assert.InRange(knots[0].Temperature, 2.6, 3.4);
        Assert.InRange(knots[1].Temperature, 1.8, 2.2);
        Assert.Equal(1, knots[2].Temperature);
    }

    [Fact]
    public void Fit_OfTemperaturesThatWouldRiseWithDecibels_GivesBothOneBetween()
    {
        var knots = NoiseTemperatureFit.Fit([0, 10, 20], [.. Boasting(0, 1.5), .. Boasting(10, 3)], Vague);

        Assert.Equal(knots[0].Temperature, knots[1].Temperature, 2);
        Assert.InRange(knots[0].Temperature, 1.7, 2.8);
    }

    [Fact]
    public void Fit_OfModestyInNoise_LeavesEverythingAsItIs() =>
        Assert.All(NoiseTemperatureFit.Fit([0, 10], Boasting(0, 0.5), Vague), knot => Assert.Equal(1, knot.Temperature));

    [Fact]
    public void Fit_WhereNoiseSoundsLikeALabel_TakesThatLabelDown()
    {
        const double Calmer = 1.5;
        var calm = EmotionLabels.IndexOf("calm");
        var heard = Boasting(0, 1).Select(window =>
        {
            var moved = window.Posterior.Select((p, label) => label == calm ? p * (float)Math.Exp(Calmer) : p).ToArray();
            return window with { Posterior = [.. moved.Select(p => p / moved.Sum())] };
        });

        var knots = NoiseTemperatureFit.Fit([0, 10], [.. heard, .. Boasting(10, 1)], Vague);

        var others = knots[0].Offsets!.Where((_, label) => label != calm).Average();
        Assert.Equal(-Calmer, knots[0].Offsets![calm] - others, 0.2);
        Assert.All(knots[1].Offsets!, offset => Assert.Equal(0, offset));
        Assert.Equal(1, knots[0].Temperature, 0.1);
    }

    [Fact]
    public void Fit_OfFewWindows_StaysNearerToOne()
    {
        var (few, many) = (Boasting(0, 3)[..40], Boasting(0, 3));
        var prior = new NoisePrior(new TemperaturePrior(Deviation: 0.5, Alike: 10), Offset: 0.5);

        Assert.InRange(NoiseTemperatureFit.Fit([0, 10], few, prior)[0].Temperature, 1, NoiseTemperatureFit.Fit([0, 10], many, prior)[0].Temperature);
    }

    [Fact]
    public void PinkShape_OfWhiteNoise_LosesThreeDecibelsAnOctave()
    {
        var pink = RobustnessSounds.Filtered(RobustnessSounds.WhiteNoise(1 << 17, 1), RobustnessSounds.PinkShape());

        // Power around a frequency, by the correlation with sine and cosine over short blocks.
        double Power(double hertz) => pink.Chunk(512).Average(block =>
        {
            var (sine, cosine) = (0.0, 0.0);
            for (var n = 0; n < block.Length; n++)
            {
                sine += block[n] * Math.Sin(2 * Math.PI * hertz * n / 16000);
                cosine += block[n] * Math.Cos(2 * Math.PI * hertz * n / 16000);
            }

            return sine * sine + cosine * cosine;
        });

        Assert.Equal(9, 10 * Math.Log10(Power(500) / Power(4000)), 1.5);
    }

    [Fact]
    public async Task Calibrated_ShippedPackageOnASmallCorpus_IsTheSameGraphsLessSureInNoise()
    {
        var release = await ReleaseFile.ReadAsync(Models, Token);
        var source = await ModelPackage.OpenAsync(Path.Combine(Models, AudioModel.ModelName, release.Models[AudioModel.ModelName]), Token);
        var said = new List<string>();

        var calibrated = await NoiseCalibration.RunAsync(SmallRavdess(), source, _folder, said.Add, Token);

        var package = await PackageFolder.NewestAsync(_folder, AudioModel.ModelName, Token);
        var (before, after) = (source.Manifest, package.Manifest);
        Assert.Equal((calibrated.Version, source.Version), (package.Version, after.Lineage));
        foreach (var graph in before.Graphs)
        {
            Assert.Equal(before.Files[graph.File], after.Files[graph.File]);
        }

        Assert.Equal((before.License, before.Datasets[0], before.Recipe.ToJsonString()), (after.License, after.Datasets[0], after.Recipe.ToJsonString()));
        Assert.Equal((string?)before.Metrics["temperatureFittedOn"], (string?)after.Metrics["temperatureFittedOn"]);
        var noise = after.FrontEnd.Deserialize<AudioSpec>(RegistryJson.Options)!.Noise!.Validated();
        Assert.Contains(noise.Knots, knot => knot.Temperature > 1 || knot.Offsets!.Any(offset => offset != 0));
        Assert.NotEqual(before.FrontEnd["noise"]?.ToJsonString(), after.FrontEnd["noise"]!.ToJsonString()); // Fitted on these people, and not taken over.
        Assert.Equal(1, noise.Knots[^1].Temperature);
        Assert.All(noise.Knots[^1].Offsets!, offset => Assert.Equal(0, offset));
        Assert.Equal(NoiseEstimate.KnotDecibels, noise.Knots.Select(knot => knot.Decibels));
        Assert.Equal(NoiseCalibration.Command, (string?)after.Metrics["noise"]!["command"]);
        Assert.Equal("validation people (8 19), clean and under white, speech-shaped, pink noise", (string?)after.Metrics["noise"]!["fittedOn"]);
        Assert.Equal(2 + 3 * 7, after.Metrics["noise"]!["validation"]!.AsArray().Count);
        Assert.Equal(2 + 3, after.Metrics["noise"]!["test"]!.AsArray().Count);
        Assert.Equal(calibrated.Test.Labels.Count, (int)after.Metrics["test"]!["n"]!);
    }

    // A recording of each validation actor and of a test actor: as few as show the way. What a file is its first bytes say.
    private DataRoot SmallRavdess()
    {
        var corpus = Directory.CreateDirectory(Path.Combine(_folder, "data", "ravdess")).FullName;
        File.WriteAllText(Path.Combine(corpus, "folds.csv"), "1,01 11 20 21\n");
        foreach (var (actor, emotion, voice, pitch) in new[] { ("08", "03", "en-us+f2", 80), ("19", "04", "en-gb", 20), ("01", "05", "en-us", 60) })
        {
            var folder = Directory.CreateDirectory(Path.Combine(corpus, "speech", $"Actor_{actor}")).FullName;
            Spoken.Say(voice, pitch, 150, "Kids are talking by the door.", Path.Combine(folder, $"03-01-{emotion}-01-01-01-{actor}.flac"));
        }

        return new DataRoot(Path.Combine(_folder, "data"), Path.Combine(_folder, "cache"));
    }

    // Posteriors that are true, and then taken to a power: at that temperature they are true again.
    private static List<HeardPosterior> Boasting(double decibels, double power)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, 3000).Select(_ =>
        {
            var weights = Enumerable.Range(0, EmotionLabels.Count).Select(_ => Math.Exp(2 * random.NextDouble())).ToArray();
            var (draw, label) = (random.NextDouble() * weights.Sum(), 0);
            for (; label < EmotionLabels.Count - 1 && draw > weights[label]; label++)
            {
                draw -= weights[label];
            }

            var posterior = Array.ConvertAll(weights, weight => (float)(weight / weights.Sum()));
            return new HeardPosterior(label, TemperatureScaling.Apply(posterior, 1 / power), decibels);
        })];
    }
}
