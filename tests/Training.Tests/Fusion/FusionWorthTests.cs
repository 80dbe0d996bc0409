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
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using TorchSharp;

namespace Emotion.Training.Tests.Fusion;

/// <summary>What fusion is judged by, on evidence whose worth is known.</summary>
public sealed class FusionWorthTests : IDisposable
{
    private static readonly int Calm = EmotionLabels.IndexOf("calm");

    private static readonly FusionRecipe Recipe = RecipeFile.Read<FusionRecipe>("fusion") with { TuplesJudged = 280 };

    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-fusion-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task ToJson_OfEachSubset_HasTheFigureBesideTheBestModalityAndTheRivalsAndSaysThatItIsDrawn()
    {
        // Each modality is right about every second time, and the surer then; they err apart from each other.
        var (pools, tables) = (Pools(hits: 0.5), await TablesAsync(hits: 0.5));

        Assert.Equal(pools.Subsets.Select(FusionWorth.NameOf), tables.Keys);
        Assert.Equal("test", tables.Keys.Last());
        foreach (var subset in pools.Subsets)
        {
            var table = tables[FusionWorth.NameOf(subset)];
            Assert.True((bool)table["drawn"]!);
            Assert.Equal(280, (int)table["n"]!);
            Assert.Equal(subset.All.Where((_, m) => subset.Has(m)), table["alone"]!.AsObject().Select(one => one.Key));
            Assert.Equal(["mean", "product", "weights"], table["rivals"]!.AsObject().Select(one => one.Key));
            var best = (double)table["alone"]![(string)table["best"]!]!["wa"]!;
            Assert.Equal((double)table["wa"]! - best, (double)table["difference"]!, 3);
            var interval = table["differenceInterval95"]!.AsArray().Select(end => (double)end!).ToList();
            Assert.InRange((double)table["difference"]!, interval[0], interval[1]);
            // The surest are right more often than all are, and of those at the package's threshold it is said how many they are.
            Assert.Equal((168, 0.6), ((int)table["coverage60"]!["n"]!, (double)table["coverage60"]!["coverage"]!));
            Assert.True((double)table["coverage60"]!["accuracy"]! > (double)table["wa"]!);
            Assert.InRange((double)table["certain"]!["coverage"]!, 0.05, 0.99);
            Assert.True((double)table["certain"]!["accuracy"]! > (double)table["wa"]!);
        }

        // Untrained fusion is the product: more than the best one where there are several, and it where there is one.
        Assert.Equal(0, (double)tables["test_text"]["difference"]!, 3);
        Assert.Equal((double)tables["test"]["rivals"]!["product"]!["uar"]!, (double)tables["test"]["uar"]!, 2);
        Assert.True((double)tables["test"]["differenceInterval95"]![0]! > 0.05, tables["test"]["differenceInterval95"]!.ToJsonString());
    }

    [Fact]
    public async Task FuseByProduct_OfServedEvidence_IsWhatTheNetworkIsBeforeAnyTraining()
    {
        var pools = Pools(hits: 0.5);

        var (byNetwork, byProduct) = await WithModelAsync(model =>
        {
            WindowEvidence[] clip = [.. FusionTuples.OfEach(pools, Recipe).SelectMany(tuples => tuples.Take(20)).Select((tuple, i) => new WindowEvidence(i,
            [
                .. tuple.Evidence.Zip(pools.Modalities).Where(pair => pair.First is not null).Select(pair => new ModalityEvidence(
                    pair.Second.Name, pair.Second.Name, model.Package.Manifest.TrainedOn[pair.Second.Name], pair.First!.Posterior, pair.First.Embedding, 1)
                {
                    CoveredLabels = [.. EmotionLabels.Names.Where((_, label) => pair.Second.Covered[label])],
                }),
            ]))];
            return (model.Fuse(clip, TestContext.Current.CancellationToken), model.FuseByProduct(clip, TestContext.Current.CancellationToken));
        });

        Assert.Equal(7 * 20, byProduct.Windows.Count);
        foreach (var (network, product) in byNetwork.Windows.Zip(byProduct.Windows))
        {
            Assert.All(network.Posterior.Zip(product.Posterior), pair => Assert.Equal(pair.First, pair.Second, 4));
        }

        Assert.True(byProduct.Windows.All(window => window.Uncertain) && !byNetwork.Windows.All(window => window.Uncertain));
    }

    [Fact]
    public async Task NoiseToJson_OfAModalityThatSpeaksOfSomethingElse_SaysWhatThatCosts()
    {
        var noise = await WithModelAsync(model => new FusionWorth(model, Pools(hits: 0.5), Recipe).NoiseToJson());

        Assert.True((bool)noise["drawn"]!);
        foreach (var modality in new[] { "audio", "video", "text" })
        {
            Assert.Equal(0, (double)noise[modality]!["noIdea"]!["difference"]!, 3);
            Assert.True((double)noise[modality]!["otherLabel"]!["differenceInterval95"]![1]! < -0.05, noise[modality]!["otherLabel"]!.ToJsonString());
        }
    }

    [Fact]
    public async Task NoiseToJson_OfRecordingsUnderNoise_CostsNothingWhereTheModelAbstainsAndSomethingWhereItIsSureOfAnother()
    {
        var pools = Pools(hits: 0.5);
        var labels = Enumerable.Range(0, EmotionLabels.Count).ToList();
        var silent = new NoisySpeech(0, [.. labels.Select(label => (label, (Evidence?)null))]);
        var misled = new NoisySpeech(0, [.. labels.Select(label => (label, (Evidence?)pools.Modalities[0].Draw((label + 1) % EmotionLabels.Count, new Random(label))))]);

        async Task<JsonNode> HeardAsync(NoisySpeech heard) =>
            (await WithModelAsync(model => new FusionWorth(model, pools, Recipe).NoiseToJson(heard)))["audio"]!["whiteNoise"]!;
        var (nothing, wrong) = (await HeardAsync(silent), await HeardAsync(misled));

        Assert.Equal((0, 1), ((double)nothing["difference"]!, (double)nothing["abstained"]!));
        Assert.True((double)wrong["differenceInterval95"]![1]! < -0.05, wrong.ToJsonString());
    }

    [Fact]
    public async Task UncoveredToJson_OfCalmVoicesWithNeutralFacesAndWords_StillAnswersCalm()
    {
        var calm = await WithModelAsync(model => new FusionWorth(model, Pools(hits: 0.7), Recipe).UncoveredToJson("calm", "neutral"));

        Assert.Equal(280 / 8, (int)calm["n"]!);
        Assert.InRange((double)calm["alone"]!, 0.6, 0.9);
        // Nothing of the others speaks against calm; where they are surely neutral, neutral gains.
        Assert.InRange((double)calm["fused"]!, 0.2, (double)calm["alone"]!);
        Assert.InRange((double)calm["neutralFused"]!, 0, (double)calm["neutralAlone"]!);
    }

    [Fact]
    public void Mean_OverModalitiesOfDifferentLabels_CountsForALabelWhoKnowsIt()
    {
        var (audio, video) = (new float[8], new float[8]);
        (audio[Calm], audio[0], video[0], video[2]) = (0.6f, 0.4f, 0.8f, 0.2f);
        var pools = Pools(hits: 1).Modalities;
        var tuple = new EvidenceTuple(0, [new(0, [0], audio), new(0, [0], video), null], [.. Enumerable.Repeat(true, 8)]);

        var mean = new FusionRivals(pools, [tuple]).Mean(tuple);

        Assert.Equal(0.6 / 1.3, mean[Calm], 5);
        Assert.Equal(0.6 / 1.3, mean[0], 5);
        Assert.Equal(0.1 / 1.3, mean[2], 5);
    }

    [Fact]
    public void FitWeights_OfAnOpinionThatKnowsAndOneThatGuesses_TrustsTheFirst()
    {
        var random = new Random(1);
        var (evidence, labels) = (new List<IReadOnlyList<float[]?>>(), new List<int>());
        for (var i = 0; i < 400; i++)
        {
            var label = random.Next(3);
            float[] Said(double hits) => [.. Enumerable.Range(0, 3).Select(c => c == (random.NextDouble() < hits ? label : random.Next(3)) ? 1f : -1f)];
            labels.Add(label);
            evidence.Add([Said(0.8), Said(0), i % 2 == 0 ? Said(0.8) : null]);
        }

        var weights = EvidencePool.FitWeights(evidence, labels);

        Assert.InRange(weights[1], 0, 0.2);
        Assert.True(weights[0] > 0.5 && weights[2] > 0.5, string.Join(' ', weights));
    }

    [Fact]
    public void Bind_RunOfOtherVersions_IsRefusedOnceItHasAnEpoch()
    {
        var run = new RunFolder(Path.Combine(_folder, "run"));
        run.WriteJson(TrainFusion.UpstreamFile, new Dictionary<string, string> { ["audio"] = "20260101-0000-00000000" });

        TrainFusion.Bind(run, []);
        Assert.Empty(run.ReadJson<Dictionary<string, string>>(TrainFusion.UpstreamFile));
        run.WriteJson(TrainFusion.UpstreamFile, new Dictionary<string, string> { ["audio"] = "20260101-0000-00000000" });
        File.WriteAllText(run.FilePath("state.json"), """{"Epoch":1,"Best":0}""");

        Assert.Contains("20260101-0000-00000000", Assert.Throws<ArgumentException>(() => TrainFusion.Bind(run, [])).Message, StringComparison.Ordinal);
    }

    private Task<Dictionary<string, JsonObject>> TablesAsync(double hits) => WithModelAsync(model =>
    {
        var (pools, rivals) = (Pools(hits), new FusionRivals(Pools(hits).Modalities, FusionTuples.Of(Pools(hits), Pools(hits).Whole, Recipe)));
        var worth = new FusionWorth(model, pools, Recipe);
        return pools.Subsets.ToDictionary(FusionWorth.NameOf, subset => worth.ToJson(subset, rivals));
    });

    private async Task<T> WithModelAsync<T>(Func<FusionModel, T> use)
    {
        torch.manual_seed(1);
        using var network = new FusionNetwork(TrainFusion.Shape(Pools(hits: 1), Recipe));
        using var folder = new PackageFolder(_folder);
        var manifest = new ModelManifest
        {
            Name = FusionModel.ModelName, Opset = GraphBuilder.Opset, Graphs = [folder.Add("classifier", "model.onnx", FusionGraph.Write(network, 1))],
            Labels = EmotionLabels.Names, CoveredLabels = EmotionLabels.Names,
            FrontEnd = PackageFolder.Json(new FusionSpec { Modalities = UpstreamPackages.Names, UncertainBelow = 0.5f }),
            Recipe = RecipeFile.ToJson(Recipe), GitCommit = "0000000", Datasets = [], Metrics = [], License = Licences.Fusion(["goemotions", "meld"]),
            TrainedOn = UpstreamPackages.Names.ToDictionary(name => name, _ => "20260101-0000-00000000"),
        };
        return await folder.TryAsync<FusionModel, T>(manifest, model => Task.FromResult(use(model)), Token);
    }

    private static ModalityPools Pools(double hits) => new([.. UpstreamPackages.Names.Select((name, m) =>
    {
        var random = new Random(m);
        bool[] covered = [.. Enumerable.Range(0, 8).Select(label => name == "audio" || label != Calm)];
        int[] labels = [.. Enumerable.Range(0, 8).Where(label => covered[label])];
        return new ModalityPool(name, covered, [.. Enumerable.Range(0, 80 * labels.Length).Select(i =>
        {
            var label = labels[i % labels.Length];
            var said = random.NextDouble() < hits ? label : labels[random.Next(labels.Length)];
            var sure = (said == label ? 0.5f : 0.25f) + 0.4f * random.NextSingle();
            return new Evidence(label, [label, i, 1], [.. Enumerable.Range(0, 8).Select(c => !covered[c] ? 0 : c == said ? sure : (1 - sure) / (labels.Length - 1))]);
        })]);
    })]);
}
