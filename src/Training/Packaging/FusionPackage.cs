using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Inference.Fusion;
using Emotion.Inference.Text;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Calibration;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Onnx;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;
using static TorchSharp.torch;

namespace Emotion.Training.Packaging;

/// <summary>A trained fusion to a package, bound to the versions that it was trained on.</summary>
public static class FusionPackage
{
    public static async Task<string> ExportAsync(
        DataRoot data, RunFolder run, string output, Action<string> report, CancellationToken cancellationToken)
    {
        var recipe = run.ReadJson<FusionRecipe>(RunFolder.RecipeName);
        var versions = run.ReadJson<Dictionary<string, string>>(TrainFusion.UpstreamFile);
        var upstream = await UpstreamPackages.OpenAsync(output, versions, cancellationToken);
        var pools = await FusionEvidence.OfAsync(data, recipe, upstream, [FusionPart.Validation, FusionPart.Test], cancellationToken);
        var (validation, test) = (pools[FusionPart.Validation], pools[FusionPart.Test]);
        IReadOnlyList<EvidenceTuple> chosenOn = [.. FusionTuples.OfEach(validation, recipe).SelectMany(tuples => tuples)];

        using var folder = new PackageFolder(output);
        ModelManifest Draft(double temperature, float uncertainBelow) => new()
        {
            Name = FusionModel.ModelName,
            Opset = GraphBuilder.Opset,
            Graphs = [folder.Add("classifier", "model.onnx", Graph(run, temperature))],
            Labels = EmotionLabels.Names,
            CoveredLabels = EmotionLabels.Names,
            FrontEnd = PackageFolder.Json(new FusionSpec { Modalities = [.. upstream.Select(package => package.Name)], UncertainBelow = uncertainBelow }),
            Recipe = RecipeFile.ToJson(recipe),
            GitCommit = GitCommit.Of(DataRoot.RepositoryRoot()),
            Datasets = [.. upstream.SelectMany(DatasetsOf)],
            Metrics = [],
            License = Licences.Fusion(upstream.Where(package => package.Name == TextModel.ModelName).SelectMany(DatasetsOf).Select(dataset => dataset.Name)),
            TrainedOn = versions,
        };
        Task<Judged> JudgeAsync(ModelManifest draft) => folder.TryAsync<FusionModel, Judged>(draft, model => Task.FromResult(ServedFusion.Judge(
            model, FusionWorth.Describe(validation.Whole, "validation actors", "PublicTest", "dev") + "; as many of each subset as of another", chosenOn)), cancellationToken);

        var plain = await JudgeAsync(Draft(1, 0));
        var temperature = TemperatureScaling.Fit(plain.Posteriors, plain.Labels);
        var calibrated = await JudgeAsync(Draft(temperature, 0));
        var threshold = UncertaintyThreshold.Choose(calibrated.Posteriors, calibrated.Labels);
        var draft = Draft(temperature, threshold);
        var metrics = new JsonObject
        {
            ["command"] = "./emotion training verify fusion",
            ["temperature"] = Math.Round(temperature, 4),
            ["uncertainBelow"] = Math.Round(threshold, 3),
            ["validation"] = FusionWorth.Marked(calibrated.ToJson()),
        };
        var attention = AttentionRival.Of(run, chosenOn);
        var rivals = new FusionRivals(validation.Modalities, chosenOn) { Attention = attention is null ? null : attention.Answers };
        metrics["weights"] = new JsonObject(rivals.Weights.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)Math.Round(pair.Value, 3))));
        foreach (var (name, figures) in await folder.TryAsync<FusionModel, IReadOnlyList<(string, JsonObject)>>(draft, model =>
        {
            var worth = new FusionWorth(model, test, recipe);
            return Task.FromResult<IReadOnlyList<(string, JsonObject)>>(
            [
                .. test.Subsets.Reverse().Select(subset => (FusionWorth.NameOf(subset), worth.ToJson(subset, rivals))), ("noise", worth.NoiseToJson()),
                ("calm", worth.UncoveredToJson("calm", "neutral")),
            ]);
        }, cancellationToken))
        {
            metrics[name] = figures;
            report(figures["uar"] is { } uar
                ? $"{name} (drawn): UAR {uar}, NLL {figures["nll"]}, ECE {figures["ece"]}; best alone {figures["best"]}, difference {figures["difference"]} {figures["differenceInterval95"]!.ToJsonString()}"
                : $"{name} (drawn): {figures.ToJsonString()}");
        }

        report(FormattableString.Invariant($"temperature {temperature:F3}, uncertain below {threshold:F3}"));
        return await folder.FinishAsync<FusionModel>(draft with { Metrics = metrics }, cancellationToken);
    }

    /// <summary>The test figures of a package that its manifest has, computed anew from the packages it was trained on.</summary>
    public static async Task<IReadOnlyDictionary<string, Judged>> JudgeAsync(
        DataRoot data, ModelPackage package, string packages, CancellationToken cancellationToken)
    {
        var recipe = RecipeFile.FromJson<FusionRecipe>(package.Manifest.Recipe);
        var upstream = await UpstreamPackages.OpenAsync(packages, package.Manifest.TrainedOn, cancellationToken);
        var test = (await FusionEvidence.OfAsync(data, recipe, upstream, [FusionPart.Test], cancellationToken))[FusionPart.Test];
        await using var model = FusionModel.Load(package, PackageFolder.Runtime);
        var worth = new FusionWorth(model, test, recipe);
        return test.Subsets.Reverse().Where(subset => package.Manifest.Metrics.ContainsKey(FusionWorth.NameOf(subset)))
            .ToDictionary(FusionWorth.NameOf, worth.Judge);
    }

    private static IEnumerable<DatasetManifest> DatasetsOf(ModelPackage package) =>
        package.Manifest.Datasets.Select(dataset => package.Name == TextModel.ModelName ? dataset with { Split = TextSplit.Description } : dataset);

    private static Proto.ModelProto Graph(RunFolder run, double temperature)
    {
        using var scope = NewDisposeScope();
        using var network = new FusionNetwork(run.ReadJson<FusionNetworkSpec>(TrainFusion.NetworkFile));
        network.load(run.Best);
        return HalfWeights.Apply(FusionGraph.Write(network, temperature));
    }
}
