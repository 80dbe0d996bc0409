using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Inference.Audio;
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
    /// <summary>Beside a subset's <c>ece</c>: what it would be at one temperature for all subsets.</summary>
    private const string SharedEce = "eceAtSharedTemperature";

    public static async Task<string> ExportAsync(
        DataRoot data, RunFolder run, string output, Action<string> report, CancellationToken cancellationToken)
    {
        var recipe = run.ReadJson<FusionRecipe>(RunFolder.RecipeName);
        var versions = run.ReadJson<Dictionary<string, string>>(TrainFusion.UpstreamFile);
        var upstream = await UpstreamPackages.OpenAsync(output, versions, cancellationToken);
        var pools = await FusionEvidence.OfAsync(data, recipe, upstream, [FusionPart.Validation, FusionPart.Test], cancellationToken);
        var (validation, test) = (pools[FusionPart.Validation], pools[FusionPart.Test]);
        var subsets = FusionTuples.OfEach(validation, recipe);
        IReadOnlyList<EvidenceTuple> chosenOn = [.. subsets.SelectMany(tuples => tuples)];

        using var folder = new PackageFolder(output);
        ModelManifest Draft(IReadOnlyList<double> shares, IReadOnlyList<double> temperatures, float uncertainBelow) => new()
        {
            Name = FusionModel.ModelName,
            Opset = GraphBuilder.Opset,
            Graphs = [folder.Add("classifier", "model.onnx", Graph(run, shares, temperatures))],
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

        double[] AllAlike(double one) => [.. subsets.Select(_ => one)];
        var byShare = new List<(double Share, IReadOnlyList<SubsetPart> Parts)>();
        foreach (var share in recipe.CorrectionShares ?? [1])
        {
            byShare.Add((share, Parts(validation, await JudgeAsync(Draft(AllAlike(share), AllAlike(1), 0)))));
        }

        var shares = CorrectionShares.Choose(byShare);
        var temperatures = SubsetTemperatures.Fit(shares.Parts);
        var calibrated = await JudgeAsync(Draft(shares.Each, temperatures.Each, 0));
        var threshold = UncertaintyThreshold.Choose(calibrated.Posteriors, calibrated.Labels);
        var draft = Draft(shares.Each, temperatures.Each, threshold);
        var metrics = new JsonObject
        {
            ["command"] = "./emotion training verify fusion",
            ["temperature"] = Math.Round(temperatures.Shared, 4),
            ["temperatures"] = new JsonObject(validation.Subsets.Zip(temperatures.Each, (subset, one) => KeyValuePair.Create(subset.Name, (JsonNode?)Math.Round(one, 4)))),
            ["correctionShares"] = new JsonObject(validation.Subsets.Zip(shares.Each, (subset, one) => KeyValuePair.Create(subset.Name, (JsonNode?)one))),
            ["uncertainBelow"] = Math.Round(threshold, 3),
            ["validation"] = FusionWorth.Marked(calibrated.ToJson()),
        };
        var attention = AttentionRival.Of(run, chosenOn);
        var rivals = new FusionRivals(validation.Modalities, chosenOn) { Attention = attention is null ? null : attention.Answers };
        metrics["weights"] = new JsonObject(rivals.Weights.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)Math.Round(pair.Value, 3))));
        var heard = upstream.FirstOrDefault(package => package.Name == AudioModel.ModelName) is { } speech ? await NoisySpeech.OfAsync(data, speech, cancellationToken) : null;
        foreach (var (name, figures) in await folder.TryAsync<FusionModel, IReadOnlyList<(string, JsonObject)>>(draft, model =>
        {
            var worth = new FusionWorth(model, test, recipe);
            return Task.FromResult<IReadOnlyList<(string, JsonObject)>>(
            [
                .. test.Subsets.Reverse().Select(subset => (FusionWorth.NameOf(subset), Calibrated(worth, subset, rivals, temperatures))), ("noise", worth.NoiseToJson(heard)),
                ("calm", worth.UncoveredToJson("calm", "neutral")),
            ]);
        }, cancellationToken))
        {
            metrics[name] = figures;
            report(figures["uar"] is { } uar
                ? $"{name} (drawn): UAR {uar}, NLL {figures["nll"]}, ECE {figures["ece"]} (at the shared temperature {figures[SharedEce]}), certain {figures["certain"]!.ToJsonString()}; best alone {figures["best"]}, difference {figures["difference"]} {figures["differenceInterval95"]!.ToJsonString()}"
                : $"{name} (drawn): {figures.ToJsonString()}");
        }

        report(FormattableString.Invariant($"temperature {temperatures.Shared:F3}, by subset {string.Join(", ", validation.Subsets.Zip(temperatures.Each, (subset, one) => FormattableString.Invariant($"{subset.Name} {one:F3}")))}; uncertain below {threshold:F3}"));
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

    // In the order in which the tuples were drawn: as many of each subset.
    private static IReadOnlyList<SubsetPart> Parts(ModalityPools pools, Judged judged)
    {
        var each = judged.Labels.Count / pools.Subsets.Count;
        return [.. pools.Subsets.Select((subset, i) => new SubsetPart(
            subset,
            [.. judged.Posteriors.Skip(i * each).Take(each)],
            [.. judged.Labels.Skip(i * each).Take(each)],
            pools.Modalities.Where((_, m) => subset.Has(m)).Min(modality => modality.Evidence.Count)))];
    }

    private static JsonObject Calibrated(FusionWorth worth, ModalitySubset subset, FusionRivals rivals, SubsetTemperatures temperatures)
    {
        var (json, judged) = (worth.ToJson(subset, rivals), worth.Judge(subset));
        json[SharedEce] = Math.Round(
            Scores.Of([.. judged.Posteriors.Select(posterior => temperatures.AtShared(subset, posterior))], judged.Labels).Ece, 4);
        return json;
    }

    private static IEnumerable<DatasetManifest> DatasetsOf(ModelPackage package) =>
        package.Manifest.Datasets.Select(dataset => package.Name == TextModel.ModelName ? dataset with { Split = TextSplit.Description } : dataset);

    private static Proto.ModelProto Graph(RunFolder run, IReadOnlyList<double> shares, IReadOnlyList<double> temperatures)
    {
        using var scope = NewDisposeScope();
        using var network = new FusionNetwork(run.ReadJson<FusionNetworkSpec>(TrainFusion.NetworkFile));
        network.load(run.Best);
        network.Share(shares);
        return HalfWeights.Apply(FusionGraph.Write(network, temperatures));
    }
}
