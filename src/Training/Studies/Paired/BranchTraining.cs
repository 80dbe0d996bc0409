using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Recipes;
using static TorchSharp.torch;

namespace Emotion.Training.Studies.Paired;

/// <summary>A small network over numbers that no training has made.</summary>
internal static class BranchTraining
{
    /// <param name="training">The actors that train.</param>
    /// <param name="looked">Whose figures are told, and nothing else.</param>
    /// <param name="recipe">With averaging of weights: no epoch is chosen.</param>
    /// <param name="covered">Labels that there are.</param>
    /// <param name="run">Of this training.</param>
    /// <param name="cancellationToken">Stops between epochs.</param>
    public static void Fit(
        IReadOnlyList<FeatureExample> training, IReadOnlyList<FeatureExample> looked, BranchRecipe recipe, bool[] covered, RunFolder run,
        CancellationToken cancellationToken)
    {
        manual_seed(recipe.Training.Seed);
        var input = training[0].Versions[0].Length;
        using var mask = CoveredMask.Of(covered);
        using var network = new SpokenBranch(input, recipe);
        using var twin = new SpokenBranch(input, recipe);
        float[][] rows = [.. training.Select(example => example.Versions[0])];
        network.Standardise(rows);
        twin.Standardise(rows);
        int[] labels = [.. looked.Select(example => example.Label)];
        Batch[] plain = [FeatureExamples.Plain([.. looked.Select(example => example.Versions[0])])];
        var average = TraineeOf(twin, mask, null);
        new TrainingLoop(TraineeOf(network, mask, average), recipe.Training, run, _ => { }).Fit(
            new FeatureExamples(training, recipe.Training, covered), _ => Posteriors.Of(average, plain).Scored(labels, covered), scores => scores.Uar,
            cancellationToken);
    }

    /// <summary>Posteriors of rows by a trained network.</summary>
    public static IReadOnlyList<float[]> Answers(RunFolder run, BranchRecipe recipe, bool[] covered, IReadOnlyList<float[]> rows)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var mask = CoveredMask.Of(covered);
        using var network = new SpokenBranch(rows[0].Length, recipe);
        network.load(run.Best);
        network.eval();
        return Posteriors.Of(TraineeOf(network, mask, null), [FeatureExamples.Plain(rows)]).Rows;
    }

    private static Trainee TraineeOf(SpokenBranch network, Tensor mask, Trainee? average) =>
        new(network, inputs => network.call(inputs[0]).Logits + mask, average);
}
