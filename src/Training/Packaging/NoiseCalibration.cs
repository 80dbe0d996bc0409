using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion.Inference.Audio;
using Emotion.Inference.Golden;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Calibration;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;

namespace Emotion.Training.Packaging;

/// <summary>A package with the temperatures of noise, and what they are.</summary>
public sealed record NoiseCalibrated(string Version, NoiseSpec Noise, Judged Validation, Judged Test);

/// <summary>
/// A published speech package to one of the same graphs that is less sure in noise. Temperatures and offsets are fitted on the validation people under
/// noise; the test people judge the new package, clean and under white noise, and nothing is chosen by them.
/// </summary>
public static class NoiseCalibration
{
    public const string Command = "./emotion training calibrate-noise";

    private static readonly IReadOnlyList<string> Noises = [NoiseCondition.White, NoiseCondition.SpeechShaped, NoiseCondition.Pink];
    private static readonly IReadOnlyList<double> FittedDecibels = [30, 20, 15, 10, 5, 0, -5], JudgedDecibels = [20, 10, 0];

    /// <summary>
    /// Recordings of one person are alike, and each is heard under every noise. The deviation is wider than that of the clean temperature: that noise makes a
    /// network boast is expected, only how much is not.
    /// </summary>
    private static readonly NoisePrior FewPeople = new(new TemperaturePrior(Deviation: 0.5, Alike: 10 * Noises.Count), Offset: 0.5);

    /// <param name="data">Where the package's corpus is.</param>
    /// <param name="package">An audio package; temperatures of noise that it already has are replaced.</param>
    /// <param name="output">Folder of packages.</param>
    /// <param name="report">Told what was found.</param>
    /// <param name="cancellationToken">Stops it; nothing is left behind.</param>
    public static async Task<NoiseCalibrated> RunAsync(
        DataRoot data, ModelPackage package, string output, Action<string> report, CancellationToken cancellationToken)
    {
        var manifest = package.Manifest;
        var corpus = await SpeechData.OfPackageAsync(data, RecipeFile.FromJson<AudioRecipe>(manifest.Recipe), manifest.Datasets[0], report, cancellationToken);
        var (split, covered) = (corpus.Split, corpus.Covered);
        var frontEnd = manifest.FrontEnd.Deserialize<AudioSpec>(RegistryJson.Options)!;
        using var folder = new PackageFolder(output);
        foreach (var file in manifest.Files.Keys.Where(file => file != GoldenExample.FileName))
        {
            folder.Add(file, await File.ReadAllBytesAsync(package.PathOf(file), cancellationToken));
        }

        var untempered = manifest with
        {
            FrontEnd = PackageFolder.Json(frontEnd with { Noise = NoiseEstimate.Untempered }),
            GitCommit = GitCommit.Of(DataRoot.RepositoryRoot()),
            Lineage = package.Version,
        };
        Task<IReadOnlyList<HeardInNoise>> HearAsync(AudioModel model, IReadOnlyList<SpeechRecording> recordings, IReadOnlyList<string> noises, IReadOnlyList<double> decibels) =>
            HeardInNoise.OfAsync(model, recordings, NoiseCondition.Of(recordings, frontEnd.Mfcc, noises, decibels), report, cancellationToken);
        var (fitted, judged) = await folder.TryAsync<AudioModel, (IReadOnlyList<HeardInNoise>, IReadOnlyList<HeardInNoise>)>(untempered, async model => (
            await HearAsync(model, split.Validation, Noises, FittedDecibels),
            await HearAsync(model, split.Test, [NoiseCondition.White], JudgedDecibels)), cancellationToken);

        var noise = NoiseEstimate.With(
            [.. NoiseTemperatureFit.Fit(NoiseEstimate.KnotDecibels, [.. fitted.SelectMany(heard => heard.Heard)], FewPeople).Select(Rounded)]);
        foreach (var knot in noise.Knots)
        {
            report(FormattableString.Invariant($"{knot.Decibels} dB: temperature {knot.Temperature}, offsets {string.Join(" ", knot.Offsets!)}"));
        }

        var temperature = new NoiseTemperature(noise);
        JsonArray Figures(string of, IReadOnlyList<HeardInNoise> heard)
        {
            var figures = heard.Select(one => one.ToJson(temperature, covered)).ToList();
            figures.ForEach(one => report($"{of}, {one["condition"]}: WA {one["waUntempered"]} -> {one["wa"]}, NLL {one["nllUntempered"]} -> {one["nll"]}, ECE {one["eceUntempered"]} -> {one["ece"]}"));
            return new JsonArray([.. figures]);
        }

        var tempered = untempered with { FrontEnd = PackageFolder.Json(frontEnd with { Noise = noise }) };
        var (validation, test) = await folder.TryAsync<AudioModel, (Judged, Judged)>(tempered, async model => (
            await ServedAudio.JudgeAsync(model, corpus.ValidationSet, split.Validation, cancellationToken, covered),
            await ServedAudio.JudgeAsync(model, corpus.TestSet, split.Test, cancellationToken, covered)), cancellationToken);
        var metrics = (JsonObject)manifest.Metrics.DeepClone();
        metrics["test"] = test.ToJson();
        metrics["validation"] = validation.ToJson();
        metrics["noise"] = new JsonObject
        {
            ["command"] = Command,
            ["fittedOn"] = $"validation people ({string.Join(" ", split.Validation.Select(recording => recording.Subject).Distinct().Order())}), clean and under {string.Join(", ", Noises)} noise",
            ["validation"] = Figures("validation", fitted),
            ["test"] = Figures("test", judged),
        };
        var version = await folder.FinishAsync<AudioModel>(tempered with { Metrics = metrics }, cancellationToken);
        return new NoiseCalibrated(version, noise, validation, test);
    }

    private static NoiseKnot Rounded(NoiseKnot knot) =>
        knot with { Temperature = Math.Round(knot.Temperature, 3), Offsets = [.. knot.Offsets!.Select(offset => Math.Round(offset, 3))] };
}
