using Emotion.Training.Datasets;
using Emotion.Training.Recipes;

namespace Emotion.Training.Evaluation;

/// <summary>The tuples of a part that fusion is chosen and judged on: the same ones whenever they are drawn.</summary>
public static class FusionTuples
{
    public static IReadOnlyList<EvidenceTuple> Of(ModalityPools pools, ModalitySubset subset, FusionRecipe recipe) =>
        pools.Draw(subset, recipe.TuplesJudged, new Random(recipe.Training.Seed));

    /// <summary>As many of each subset as of another.</summary>
    public static IReadOnlyList<IReadOnlyList<EvidenceTuple>> OfEach(ModalityPools pools, FusionRecipe recipe) =>
        [.. pools.Subsets.Select(subset => Of(pools, subset, recipe))];
}
