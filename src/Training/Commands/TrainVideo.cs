using Emotion.Features;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion.Training.Commands;

/// <summary>The face network on FER2013.</summary>
public static class TrainVideo
{
    private const int SelectionBatch = 128;

    public static async Task RunAsync(DataRoot data, VideoRecipe recipe, RunFolder run, Action<string> report, CancellationToken cancellationToken)
    {
        var split = FaceSplit.Of(await Fer2013.ReadAsync(data, cancellationToken));
        report($"FER2013: {split.Training.Count} pictures train, {split.Selection.Count} select");
        Fit(split.Training, split.Selection, recipe, run, report, cancellationToken);
    }

    public static void Fit(
        IReadOnlyList<FacePicture> training, IReadOnlyList<FacePicture> selection, VideoRecipe recipe, RunFolder run,
        Action<string> report, CancellationToken cancellationToken)
    {
        run.WriteJson(RunFolder.RecipeName, recipe);
        var covered = EmotionLabels.Mask(CorpusLabels.Fer2013.Covered);
        manual_seed(recipe.Training.Seed);
        using var network = NetworkOf(recipe);
        using var mask = CoveredMask.Of(covered);
        var trainee = new Trainee(network, inputs => network.call(inputs[0]).Logits + mask);
        var labels = selection.Select(picture => picture.Label).ToArray();
        new TrainingLoop(trainee, recipe.Training, run, report).Fit(
            new FacePictures(training, recipe, covered),
            epoch => Posteriors.Of(trainee, FacePictures.Plain(selection, recipe, recipe.StageAt(epoch).Size, SelectionBatch)).Scored(labels, covered),
            scores => scores.Wa,
            cancellationToken);
    }

    public static PictureNetworkSpec SpecOf(VideoRecipe recipe) =>
        NetworkFactory.Spec(recipe.Network, recipe.Stem, inputChannels: 1, EmotionLabels.Count, recipe.Dropout);

    public static PictureNetwork NetworkOf(VideoRecipe recipe) => SpecOf(recipe).Create(Precision.Of(recipe.Training.Precision));
}
