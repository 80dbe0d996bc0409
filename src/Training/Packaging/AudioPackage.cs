using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Features.Mfcc;
using Emotion.Inference.Audio;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Calibration;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Onnx;
using Emotion.Training.Onnx.Quantization;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;
using static TorchSharp.torch;

namespace Emotion.Training.Packaging;

/// <summary>A package as it came out, and what was found on the way.</summary>
public sealed record AudioExport(
    string Version, AudioRecipe Recipe, MfccSpec Spec, SpeechSplit Split, string DataDigest, double Temperature, Judged Validation, Judged Test)
{
    /// <summary>The validation part at temperature 1.</summary>
    public required Judged Uncalibrated { get; init; }
}

/// <param name="People">On whom it was fitted, for the reader of the manifest.</param>
public sealed record KnownTemperature(double Value, string People);

/// <summary>A trained speech network to a package: graph, temperature, metrics through the serving code, golden example.</summary>
public static class AudioPackage
{
    public const string TestSet = SpeechData.RavdessTestSet;

    private const int CalibrationBatch = 16;
    internal static readonly TemperaturePrior FewActors = new(Deviation: 0.15, Alike: 10);

    /// <param name="data">Where the corpora are.</param>
    /// <param name="run">Of the trained network.</param>
    /// <param name="precision">One of <see cref="GraphPrecision.Names"/>; int8 measures its ranges on the validation actors.</param>
    /// <param name="output">Folder of packages.</param>
    /// <param name="report">Told what was found.</param>
    /// <param name="cancellationToken">Stops the export; nothing is left behind.</param>
    /// <param name="known">A temperature that was fitted on more people than this run's validation actors; null to fit it on those.</param>
    public static async Task<AudioExport> ExportAsync(
        DataRoot data, RunFolder run, string precision, string output, Action<string> report, CancellationToken cancellationToken,
        KnownTemperature? known = null)
    {
        var recipe = run.ReadJson<AudioRecipe>(RunFolder.RecipeName);
        var spec = run.ReadJson<MfccSpec>(TrainAudio.SpecFile);
        var corpus = await SpeechData.ReopenAsync(data, recipe, run, report, cancellationToken);
        var split = corpus.Split;
        var start = recipe.Init is null ? null : run.ReadJson<StartedFrom>(StartedFrom.FileName);

        var heard = precision == GraphPrecision.Int8 && recipe.SecondBranch is not null && corpus.Ravdess is { } ravdess
            ? await EncoderFeatures.ReadAsync(data, ravdess, recipe, cancellationToken)
            : null;
        var graph = GraphPrecision.Apply(
            precision, Classifier(run, recipe, spec, corpus.Covered), () => Calibration(split.Validation, spec, heard), cancellationToken);

        using var folder = new PackageFolder(output);
        var draft = new ModelManifest
        {
            Name = AudioModel.ModelName,
            Opset = GraphBuilder.Opset,
            Graphs = [folder.Add("classifier", "model.onnx", graph), .. SoundGraphs.Add(folder, recipe)],
            Labels = EmotionLabels.Names,
            CoveredLabels = [.. EmotionLabels.Names.Where((_, label) => corpus.Covered[label])],
            FrontEnd = PackageFolder.Json(new AudioSpec { Mfcc = spec, VoiceActivity = recipe.VoiceActivity, Encoder = recipe.SecondBranch?.Encoder }),
            Recipe = RecipeFile.ToJson(recipe),
            GitCommit = GitCommit.Of(DataRoot.RepositoryRoot()),
            Datasets = [corpus.Dataset, .. start?.Datasets ?? []],
            Metrics = [],
            License = start is null ? corpus.License : Licences.Both(corpus.License, start, AudioModel.ModelName),
            Lineage = recipe.Init,
        };
        var uncalibrated = await folder.TryAsync<AudioModel, Judged>(
            draft, model => ServedAudio.JudgeAsync(model, "validation", split.Validation, cancellationToken, corpus.Covered), cancellationToken);
        var temperature = known?.Value ?? TemperatureScaling.Fit(uncalibrated.Posteriors, uncalibrated.Labels, prior: FewActors);
        folder.Add("classifier", "model.onnx", ClassifierHead.WithTemperature(graph, temperature));
        var (validation, test) = await folder.TryAsync<AudioModel, (Judged, Judged)>(draft, async model => (
            await ServedAudio.JudgeAsync(model, corpus.ValidationSet, split.Validation, cancellationToken, corpus.Covered),
            await ServedAudio.JudgeAsync(model, corpus.TestSet, split.Test, cancellationToken, corpus.Covered)), cancellationToken);
        report($"temperature {temperature:F3}; validation {validation.Scores}");
        report($"test {test.Scores}");
        var metrics = new JsonObject
        {
            ["command"] = "./emotion training verify audio",
            ["precision"] = precision,
            ["temperature"] = Math.Round(temperature, 4),
            ["temperatureFittedOn"] = known?.People ?? (recipe.Own is null ? "the validation actors" : "the validation people"),
            ["test"] = test.ToJson(),
            ["validation"] = validation.ToJson(),
        };
        var version = await folder.FinishAsync<AudioModel>(draft with { Metrics = metrics }, cancellationToken);
        return new AudioExport(version, recipe, spec, split, corpus.Dataset.Digest, temperature, validation, test) { Uncalibrated = uncalibrated };
    }

    /// <summary>The test figures of a package, computed anew.</summary>
    public static async Task<IReadOnlyDictionary<string, Judged>> JudgeAsync(DataRoot data, ModelPackage package, CancellationToken cancellationToken)
    {
        var recipe = RecipeFile.FromJson<AudioRecipe>(package.Manifest.Recipe);
        var corpus = await SpeechData.OfPackageAsync(data, recipe, package.Manifest.Datasets[0], _ => { }, cancellationToken);
        await using var model = AudioModel.Load(package, PackageFolder.Runtime);
        return new Dictionary<string, Judged>
        {
            ["test"] = await ServedAudio.JudgeAsync(model, corpus.TestSet, corpus.Split.Test, cancellationToken, corpus.Covered),
        };
    }

    internal static Proto.ModelProto Classifier(RunFolder run, AudioRecipe recipe, MfccSpec spec, bool[] covered)
    {
        using var scope = NewDisposeScope();
        using var network = new SpeechNetwork(recipe, spec);
        network.load(recipe.SecondBranch is null ? run.Best : run.FilePath(TrainTwoBranch.NetworkFile));
        var head = new ClassifierHead(1, covered);
        var graph = SpeechGraph.Write(network, recipe, spec, head);
        if (recipe.SecondBranch is null)
        {
            return graph;
        }

        using var branch = new SpokenBranch(recipe.SecondBranch);
        branch.load(run.Best);
        return TwoBranchGraph.Write(graph, branch, run.ReadJson<PoolWeights>(TrainTwoBranch.JoinFile), head);
    }

    private static List<GraphFeed> Calibration(IReadOnlyList<SpeechRecording> recordings, MfccSpec spec, EncoderFeatures? heard)
    {
        var seen = SpeechRecordings.Plain(recordings, new MfccFrontEnd(spec), CalibrationBatch);
        return [.. seen.Zip(recordings.Chunk(CalibrationBatch), (batch, part) => new GraphFeed(
        [
            (SpeechGraph.Input, batch.Inputs[0].Values, batch.Inputs[0].Shape),
            .. heard is null ? [] : SpokenExamples.Plain(part, heard).Inputs.Select(input => (TwoBranchGraph.Input, (Array)input.Values, input.Shape)),
        ]))];
    }
}
