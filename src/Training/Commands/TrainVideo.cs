using Emotion.Features;
using Emotion.Features.Faces;
using Emotion.Inference.Video;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion.Training.Commands;

/// <summary>The face network on FER2013.</summary>
public static class TrainVideo
{
    private const int SelectionBatch = 128;

    /// <summary>Pictures that a published network's norms are found again on.</summary>
    private const int AdoptionPictures = 512;

    public static async Task RunAsync(
        DataRoot data, VideoRecipe recipe, string packages, RunFolder run, Action<string> report, CancellationToken cancellationToken)
    {
        run.Begin(recipe);
        var split = FaceSplit.Of(await Fer2013.ReadAsync(data, cancellationToken));
        report($"FER2013: {split.Training.Count} pictures train, {split.Selection.Count} select");
        var start = recipe.Init is { } version
            ? await Carried.OpenAsync(packages, VideoModel.ModelName, version, cancellationToken)
            : null;
        Fit(split.Training, split.Selection, recipe, run, report, cancellationToken, start);
    }

    public static void Fit(
        IReadOnlyList<FacePicture> training, IReadOnlyList<FacePicture> selection, VideoRecipe recipe, RunFolder run,
        Action<string> report, CancellationToken cancellationToken, ModelPackage? start = null)
    {
        run.Begin(recipe);
        var covered = EmotionLabels.Mask(CorpusLabels.Fer2013.Covered);
        manual_seed(recipe.Training.Seed);
        using var network = NetworkOf(recipe);
        IReadOnlyList<float[]>? taught = null;
        if (start is not null)
        {
            var graph = Proto.ModelProto.Parser.ParseFrom(File.ReadAllBytes(start.PathOf(start.Manifest.Graph("frame").File)));
            Adopt(network, graph, training, recipe);
            report($"starts from video/{start.Version}");
            taught = recipe.Distillation is null ? null : Taught(graph, training, recipe, report, cancellationToken);
        }
        else if (recipe.Distillation is not null)
        {
            throw new ArgumentException("A recipe with 'distillation' needs 'init': the network that teaches is the one that the training starts from.");
        }

        using var twin = recipe.Training.Averaging > 0 ? NetworkOf(recipe) : null;
        using var mask = CoveredMask.Of(covered);
        Trainee Of(PictureNetwork some, Trainee? average) => new(some, inputs => some.call(inputs[0]).Logits + mask, average);
        var trainee = Of(network, twin is null ? null : Of(twin, null));
        var labels = selection.Select(picture => picture.Label).ToArray();
        new TrainingLoop(trainee, recipe.Training, run, report).Fit(
            new FacePictures(training, recipe, covered, taught),
            epoch => Posteriors.Of(trainee.Average ?? trainee, FacePictures.Plain(selection, recipe, recipe.StageAt(epoch).Size, SelectionBatch)).Scored(labels, covered),
            scores => scores.Wa,
            cancellationToken);
    }

    private static IReadOnlyList<float[]> Taught(
        Proto.ModelProto graph, IReadOnlyList<FacePicture> training, VideoRecipe recipe, Action<string> report, CancellationToken cancellationToken)
    {
        var taught = FaceTeacher.Posteriors(graph, new FaceAligner(recipe.FaceFrame), training, get_num_threads(), cancellationToken);
        var right = training.Zip(taught).Count(pair => Array.IndexOf(pair.Second, pair.Second.Max()) == pair.First.Label);
        report($"it teaches, too: {100.0 * right / training.Count:0.0} % of the training pictures are to it what their label says");
        return taught;
    }

    private static void Adopt(PictureNetwork network, Proto.ModelProto graph, IReadOnlyList<FacePicture> training, VideoRecipe recipe)
    {
        if (network is not ResNet residual)
        {
            throw new ArgumentException($"A training starts from a published ResNet, not from {recipe.Network}.");
        }

        using var scope = NewDisposeScope();
        var step = Math.Max(1, training.Count / AdoptionPictures);
        var some = training.Where((_, i) => i % step == 0).Take(AdoptionPictures).ToList();
        var batch = FacePictures.Plain(some, recipe, recipe.Stages[0].Size, AdoptionPictures).Single();
        PackageWeights.Adopt(residual, graph, tensor(batch.Inputs[0].Values, batch.Inputs[0].Shape));
    }

    public static PictureNetworkSpec SpecOf(VideoRecipe recipe) =>
        NetworkFactory.Spec(recipe.Network, recipe.Stem, inputChannels: 1, EmotionLabels.Count, recipe.Dropout);

    public static PictureNetwork NetworkOf(VideoRecipe recipe) => SpecOf(recipe).Create(Precision.Of(recipe.Training.Precision));
}
