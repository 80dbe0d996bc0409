using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using static TorchSharp.torch;

namespace Emotion.Training.Commands;

/// <summary>
/// Fusion over the newest audio and video packages, and the text package where there is one that tells emotions by words: tuples drawn by label
/// from parts that none of the networks was trained on.
/// </summary>
public static class TrainFusion
{
    /// <summary>Versions that a run is trained on, by name, and the network's shape, which theirs decide; in the folder of the run.</summary>
    public const string UpstreamFile = RunUpstream.FileName, NetworkFile = "network.json";

    /// <summary>In the folder of the run: the run of the rival with attention, by the same data, seed and budget.</summary>
    public const string AttentionFolder = "attention";

    public static async Task RunAsync(
        DataRoot data, FusionRecipe recipe, string packages, RunFolder run, Action<string> report, CancellationToken cancellationToken)
    {
        var upstream = await UpstreamPackages.NewestAsync(packages, cancellationToken);
        Bind(run, upstream);
        report("on " + string.Join(", ", upstream.Select(package => $"{package.Name} {package.Version}")));
        var pools = await FusionEvidence.OfAsync(data, recipe, upstream, [FusionPart.Training, FusionPart.Validation], cancellationToken);
        Fit(pools[FusionPart.Training], pools[FusionPart.Validation], recipe, run, report, cancellationToken);
        Fit(pools[FusionPart.Training], pools[FusionPart.Validation], recipe, new RunFolder(run.FilePath(AttentionFolder)), line => report($"attention: {line}"),
            cancellationToken, spec => new AttentionFusion(spec));
    }

    /// <param name="validation">An epoch is as good as the mean of the subsets' UAR on it.</param>
    public static void Fit(
        ModalityPools training, ModalityPools validation, FusionRecipe recipe, RunFolder run, Action<string> report, CancellationToken cancellationToken) =>
        Fit(training, validation, recipe, run, report, cancellationToken, spec => new FusionNetwork(spec));

    /// <param name="training">Drawn from when training.</param>
    /// <param name="validation">An epoch is as good as the mean of the subsets' UAR on it.</param>
    /// <param name="recipe">Its numbers.</param>
    /// <param name="run">Of this training.</param>
    /// <param name="report">A line for people.</param>
    /// <param name="cancellationToken">Stops between epochs.</param>
    /// <param name="create">The kind of network.</param>
    internal static void Fit(
        ModalityPools training, ModalityPools validation, FusionRecipe recipe, RunFolder run, Action<string> report, CancellationToken cancellationToken,
        Func<FusionNetworkSpec, EvidenceFusion> create)
    {
        run.Begin(recipe);
        manual_seed(recipe.Training.Seed);
        using var network = create(Shape(training, recipe));
        run.WriteJson(NetworkFile, network.Spec);
        for (var m = 0; m < training.Modalities.Count; m++)
        {
            Standardise(network, m, training.Modalities[m].Evidence);
        }

        // Its powers begin at 1: the posteriors are calibrated, and parts that are drawn for one label by themselves err independently of each other, so their product is Bayes' rule. Powers fitted
        // on the one training actor, whom the speech network hears right nearly always, would go to infinity.
        var trainee = new Trainee(network, inputs => EvidenceTuples.Logits(network, inputs));
        int[] sizes = [.. training.Modalities.Select(modality => modality.EmbeddingSize)];
        var subsets = FusionTuples.OfEach(validation, recipe).Select(tuples => (
            Labels: tuples.Select(tuple => tuple.Label).ToList(),
            Batches: tuples.Chunk(recipe.Training.BatchSize).Select(chunk => EvidenceTuples.Batched(chunk, sizes, 0)).ToList())).ToList();
        List<int> labels = [.. subsets.SelectMany(subset => subset.Labels)];
        var figure = 0.0;
        new TrainingLoop(trainee, recipe.Training, run, report).Fit(
            new EvidenceTuples(training, recipe),
            _ =>
            {
                var said = subsets.ConvertAll(subset => Posteriors.Of(trainee, subset.Batches));
                figure = said.Zip(subsets).Average(pair => pair.First.Scored(pair.Second.Labels, null).Uar);
                return Scores.Of([.. said.SelectMany(one => one.Rows)], labels);
            },
            _ => figure,
            cancellationToken);
    }

    public static FusionNetworkSpec Shape(ModalityPools pools, FusionRecipe recipe) => new(
        [.. pools.Modalities.Select(modality => new FusedModality(modality.Name, modality.EmbeddingSize, modality.Covered))], recipe.Hidden, recipe.Dropout);

    /// <summary>A run is of the versions that it began with: those of other networks mean other things by the same numbers.</summary>
    /// <exception cref="ArgumentException">The folder holds a run of others.</exception>
    internal static void Bind(RunFolder run, IReadOnlyList<ModelPackage> upstream) =>
        RunUpstream.Bind(run, upstream.ToDictionary(package => package.Name, package => package.Version), hasBegun: run.Epochs > 0);

    private static void Standardise(EvidenceFusion network, int modality, IReadOnlyList<Evidence> evidence)
    {
        using var scope = NewDisposeScope();
        network.Standardise(modality, tensor(evidence.SelectMany(e => e.Embedding).ToArray(), [evidence.Count, evidence[0].Embedding.Length]));
    }
}
