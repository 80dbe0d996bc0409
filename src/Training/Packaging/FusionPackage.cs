using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Inference.Fusion;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Calibration;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Onnx;
using Emotion.Training.Recipes;
using static TorchSharp.torch;

namespace Emotion.Training.Packaging;

/// <summary>A trained fusion to a package, bound to the versions that it was trained on.</summary>
public static class FusionPackage
{
    private const string Drawn = "pairs drawn by label: RAVDESS speech of {0} with sequences composed of FER2013 {1} pictures; not clips of one person";

    public static async Task<string> ExportAsync(
        DataRoot data, RunFolder run, string output, Action<string> report, CancellationToken cancellationToken)
    {
        var recipe = run.ReadJson<FusionRecipe>(RunFolder.RecipeName);
        var upstream = run.ReadJson<TrainFusion.Upstream>(TrainFusion.UpstreamFile);
        var audio = await ModelPackage.OpenAsync(Path.Combine(output, "audio", upstream.Audio), cancellationToken);
        var video = await ModelPackage.OpenAsync(Path.Combine(output, "video", upstream.Video), cancellationToken);
        var pools = await TrainFusion.PoolsAsync(data, recipe, audio, video, [FusionPart.Validation, FusionPart.Test], cancellationToken);
        var validation = Tuples(pools[FusionPart.Validation], recipe);
        var test = Tuples(pools[FusionPart.Test], recipe);

        using var folder = new PackageFolder(output);
        ModelManifest Draft(double temperature, float uncertainBelow) => new()
        {
            Name = FusionModel.ModelName,
            Opset = GraphBuilder.Opset,
            Graphs = [folder.Add("classifier", "model.onnx", Graph(run, recipe, temperature))],
            Labels = EmotionLabels.Names,
            CoveredLabels = EmotionLabels.Names,
            FrontEnd = PackageFolder.Json(new FusionSpec { Modalities = ["audio", "video"], UncertainBelow = uncertainBelow }),
            Recipe = RecipeFile.ToJson(recipe),
            GitCommit = GitCommit.Of(DataRoot.RepositoryRoot()),
            Datasets = [.. audio.Manifest.Datasets, .. video.Manifest.Datasets],
            Metrics = [],
            License = Licences.Fusion,
            TrainedOn = new Dictionary<string, string> { ["audio"] = audio.Version, ["video"] = video.Version },
        };
        Task<Judged> Judge(ModelManifest draft, string set, IReadOnlyList<EvidenceTuple> tuples, bool hearing, bool seeing) =>
            folder.TryAsync<FusionModel, Judged>(draft, model => Task.FromResult(ServedFusion.Judge(model, set, tuples, hearing, seeing)), cancellationToken);

        var plain = await Judge(Draft(1, 0), "validation", validation, hearing: true, seeing: true);
        var temperature = TemperatureScaling.Fit(plain.Posteriors, plain.Labels);
        var calibrated = await Judge(Draft(temperature, 0), "validation", validation, hearing: true, seeing: true);
        var threshold = UncertaintyThreshold.Choose(calibrated.Posteriors, calibrated.Labels);
        var draft = Draft(temperature, threshold);
        var set = string.Format(Drawn, "the test actors", "PrivateTest");
        var metrics = new JsonObject
        {
            ["command"] = "./emotion training verify fusion",
            ["temperature"] = Math.Round(temperature, 4),
            ["uncertainBelow"] = Math.Round(threshold, 3),
            ["validation"] = calibrated.ToJson(),
            ["test"] = (await Judge(draft, set, test, hearing: true, seeing: true)).ToJson(),
            ["testAudioAlone"] = (await Judge(draft, set, test, hearing: true, seeing: false)).ToJson(),
            ["testVideoAlone"] = (await Judge(draft, set, test, hearing: false, seeing: true)).ToJson(),
        };
        foreach (var (name, value) in metrics.Where(pair => pair.Value is JsonObject))
        {
            ((JsonObject)value!)["drawn"] = true;
            report($"{name} (drawn): UAR {value["uar"]}, WA {value["wa"]}, NLL {value["nll"]}, ECE {value["ece"]}");
        }

        report($"temperature {temperature:F3}, uncertain below {threshold:F3}");
        return await folder.FinishAsync<FusionModel>(draft with { Metrics = metrics }, cancellationToken);
    }

    /// <summary>The test figure of a package, computed anew from the packages it was trained on.</summary>
    public static async Task<IReadOnlyDictionary<string, Judged>> JudgeAsync(
        DataRoot data, ModelPackage package, string packages, CancellationToken cancellationToken)
    {
        var recipe = RecipeFile.FromJson<FusionRecipe>(package.Manifest.Recipe);
        var audio = await ModelPackage.OpenAsync(Path.Combine(packages, "audio", package.Manifest.TrainedOn["audio"]), cancellationToken);
        var video = await ModelPackage.OpenAsync(Path.Combine(packages, "video", package.Manifest.TrainedOn["video"]), cancellationToken);
        var pools = await TrainFusion.PoolsAsync(data, recipe, audio, video, [FusionPart.Test], cancellationToken);
        await using var model = FusionModel.Load(package, PackageFolder.Runtime);
        var set = string.Format(Drawn, "the test actors", "PrivateTest");
        return new Dictionary<string, Judged>
        {
            ["test"] = ServedFusion.Judge(model, set, Tuples(pools[FusionPart.Test], recipe), hearing: true, seeing: true),
        };
    }

    private static List<EvidenceTuple> Tuples(FusionPools pools, FusionRecipe recipe) =>
        [.. pools.Drawn().Both(recipe.TuplesJudged, new Random(recipe.Training.Seed))];

    private static Proto.ModelProto Graph(RunFolder run, FusionRecipe recipe, double temperature)
    {
        using var scope = NewDisposeScope();
        using var network = new FusionNetwork(TrainFusion.Shape(recipe));
        network.load(run.Best);
        return HalfWeights.Apply(FusionGraph.Write(network, temperature));
    }
}
