using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Inference.Video;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Calibration;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Onnx;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;
using static TorchSharp.torch;

namespace Emotion.Training.Packaging;

/// <summary>A sequence network that went on, on a corpus of one's own, to a package: the other graphs are those of the version that it started from.</summary>
public static class OwnVideoPackage
{
    private const string SequenceFile = "sequence.onnx";

    /// <summary>What a manifest says of the frame network, which does not change.</summary>
    private static readonly string[] FrameMetrics = ["view", "frameTemperature", "precision"];

    public static bool IsOf(RunFolder sequenceRun) =>
        sequenceRun.Has(RunFolder.RecipeName) && sequenceRun.ReadJson<JsonObject>(RunFolder.RecipeName).ContainsKey("own");

    /// <param name="packages">Where the start lies, and the new version goes.</param>
    /// <returns>The version.</returns>
    public static async Task<string> ExportAsync(
        DataRoot data, RunFolder run, string packages, Action<string> report, CancellationToken cancellationToken)
    {
        var recipe = run.ReadJson<OwnSequenceRecipe>(RunFolder.RecipeName);
        var start = await Carried.OpenAsync(packages, VideoModel.ModelName, recipe.Init, cancellationToken);
        var (kept, corpus) = await RunCorpus.ReopenAsync(run, OwnCorpusOptions.FromEnvironment(), cancellationToken);
        using var folder = new PackageFolder(packages);
        // What the corpus does not show stays as likely as it has become: the frame network still tells it, and a package covers what its graphs do.
        var graph = GraphOf(run, start, recipe, EmotionLabels.Mask(start.Manifest.CoveredLabels));
        var draft = VideoPackage.Answering(
            start.Manifest with
            {
                Graphs = [.. start.Manifest.Graphs.Select(one => one.Role == SequenceStart.Role ? folder.Add(one.Role, SequenceFile, graph) : Carry(one, start, folder))],
                Recipe = RecipeFile.ToJson(RecipeFile.FromJson<VideoPackage.Recipes>(start.Manifest.Recipe) with { Own = recipe }),
                GitCommit = GitCommit.Of(DataRoot.RepositoryRoot()),
                Datasets = [new DatasetManifest(kept.Name, corpus.Digest, corpus.Split), .. start.Manifest.Datasets],
                Metrics = [],
                License = Licences.Both(Licences.OwnAlone(kept), run.ReadJson<StartedFrom>(StartedFrom.FileName), VideoModel.ModelName),
                Lineage = recipe.Init,
            },
            SequenceSpec.Network, meanTemperature: null);
        // The frame network is the start's, so what it says is read once.
        var (parts, uncalibrated) = await folder.TryAsync<VideoModel, (IReadOnlyDictionary<SubjectPart, AnsweredSequences>, Judged)>(draft, async model =>
        {
            var read = await ReadAsync(data, model, recipe, corpus, kept.Name, report, cancellationToken);
            return (read, read[SubjectPart.Validation].By(model, cancellationToken));
        }, cancellationToken);
        var temperature = TemperatureScaling.Fit(uncalibrated.Posteriors, uncalibrated.Labels, prior: AudioPackage.FewActors);
        folder.Add(SequenceStart.Role, SequenceFile, ClassifierHead.WithTemperature(graph, temperature));
        var (validation, test) = await folder.TryAsync<VideoModel, (Judged, Judged)>(draft, model => Task.FromResult(
            (parts[SubjectPart.Validation].By(model, cancellationToken), parts[SubjectPart.Test].By(model, cancellationToken))), cancellationToken);
        await using var before = VideoModel.Load(start, PackageFolder.Runtime);
        var started = parts[SubjectPart.Test].By(before, cancellationToken);
        report(FormattableString.Invariant($"temperature {temperature:F3}; validation {validation.Scores}"));
        report($"test {test.Scores}");
        report($"video/{start.Version} on the same test {started.Scores}");
        // Of the graphs that are the start's.
        var metrics = new JsonObject(OfFrames(start).Select(one => KeyValuePair.Create(one, start.Manifest.Metrics[one]?.DeepClone())))
        {
            ["command"] = "./emotion training verify video",
            ["sequenceTemperature"] = Math.Round(temperature, 4),
            ["temperatureFittedOn"] = "the validation people",
            ["test"] = test.ToJson(),
            ["validation"] = validation.ToJson(),
            ["startOnTheSameTest"] = new JsonObject
            {
                ["version"] = start.Version, ["n"] = started.Labels.Count, ["uar"] = Math.Round(started.Scores.Uar, 5), ["wa"] = Math.Round(started.Scores.Wa, 5),
            },
        };
        return await folder.FinishAsync<VideoModel>(draft with { Metrics = metrics }, cancellationToken);
    }

    /// <summary>The test figures of a package, computed anew.</summary>
    public static async Task<IReadOnlyDictionary<string, Judged>> JudgeAsync(
        DataRoot data, VideoModel model, OwnSequenceRecipe recipe, CancellationToken cancellationToken)
    {
        var dataset = model.Package.Manifest.Datasets[0];
        var parts = await PackageCorpus.UseAsync(
            data, dataset, (kept, corpus) => ReadAsync(data, model, recipe, corpus, kept.Name, _ => { }, cancellationToken), cancellationToken);
        return new Dictionary<string, Judged> { ["test"] = parts[SubjectPart.Test].By(model, cancellationToken) };
    }

    private static async Task<IReadOnlyDictionary<SubjectPart, AnsweredSequences>> ReadAsync(
        DataRoot data, VideoModel model, OwnSequenceRecipe recipe, OwnCorpus corpus, string name, Action<string> report, CancellationToken cancellationToken)
    {
        var parts = await OwnFaces.ReadAsync(corpus, model, recipe.Own.Windows, OwnCorpusOptions.FromEnvironment(), data.Cache, report, cancellationToken);
        return parts.ToDictionary(part => part.Key, part => part.Value with
        {
            Set = part.Key == SubjectPart.Test ? $"{name}, people never seen in training" : $"{name}, {part.Key.ToString().ToLowerInvariant()} people",
        });
    }

    private static Proto.ModelProto GraphOf(RunFolder run, ModelPackage start, OwnSequenceRecipe recipe, bool[] covered)
    {
        using var scope = NewDisposeScope();
        using var network = SequenceStart.Network(start, recipe.Dropout);
        network.load(run.Best);
        return HalfWeights.Apply(SequenceGraph.Write(network, new ClassifierHead(1, covered)));
    }

    private static IEnumerable<string> OfFrames(ModelPackage start) => FrameMetrics.Where(start.Manifest.Metrics.ContainsKey);

    private static GraphManifest Carry(GraphManifest graph, ModelPackage start, PackageFolder folder)
    {
        folder.Add(graph.File, File.ReadAllBytes(start.PathOf(graph.File)));
        return graph;
    }
}
