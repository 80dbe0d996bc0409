using Emotion.Training.Calibration;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Recipes;
using static TorchSharp.torch;

namespace Emotion.Training.Studies.Paired;

/// <summary>
/// Trains a learned fusion on paired clips: the fully connected one and the one with attention by the same data, seed and budget. Both begin as the product with
/// learned powers, whose best values few clips find at once and few steps of training do not.
/// </summary>
/// <param name="allowed">Labels that there are.</param>
/// <param name="recipe">With averaging of weights: no epoch is chosen.</param>
/// <param name="create">The kind of network.</param>
internal sealed class PairedFusion(PairedRows rows, bool[] allowed, PairedFusionRecipe recipe, Func<FusionNetworkSpec, EvidenceFusion> create)
{
    /// <param name="clips">That train it.</param>
    /// <param name="fitting">The same clips, as powers of the posteriors and scales of the feature maps are fitted on them.</param>
    /// <param name="looked">Tuples whose figures are told, and nothing else.</param>
    /// <param name="run">Of this training.</param>
    /// <param name="cancellationToken">Stops between epochs.</param>
    public TrainedFusion Fit(
        IReadOnlyList<PairedClip> clips, IReadOnlyList<PairedClip> fitting, IReadOnlyList<EvidenceTuple> looked, RunFolder run,
        CancellationToken cancellationToken)
    {
        run.Begin(recipe);
        var whole = clips.First(clip => clip.IsWhole);
        var spec = new FusionNetworkSpec(
            [.. rows.Modalities.Select((name, m) => new FusedModality(name, whole.Evidence[m][0].Embedding.Length, allowed))], recipe.Hidden, recipe.Dropout);
        if (!run.IsTrained(recipe.Training.Epochs))
        {
            // Of each subset on all clips that have it: powers of what is always at hand are fitted on more people.
            var powers = SubsetPowers.Fit(
                rows.Subsets, [.. rows.Modalities.Select(_ => allowed)],
                subset => [.. fitting.Where(clip => clip.Has(subset)).Select(clip => clip.Tuple(subset, allowed))]);
            manual_seed(recipe.Training.Seed);
            using var network = Begun(create(spec), fitting, powers);
            using var twin = Begun(create(spec), fitting, powers);
            var average = TrainedFusion.TraineeOf(twin, null);
            int[] labels = [.. looked.Select(tuple => tuple.Label)];
            new TrainingLoop(TrainedFusion.TraineeOf(network, average), recipe.Training, run, _ => { }).Fit(
                new PairedTuples(clips, rows.Subsets, allowed, recipe),
                _ => Posteriors.Of(average, TrainedFusion.Batches(looked, spec)).Scored(labels, allowed), scores => scores.Uar, cancellationToken);
            run.DropCheckpoints();
        }

        return new TrainedFusion(create, spec, run);
    }

    private static EvidenceFusion Begun(EvidenceFusion network, IReadOnlyList<PairedClip> clips, SubsetPowers powers)
    {
        using var _ = no_grad();
        powers.Give(network);
        for (var m = 0; m < network.Spec.Modalities.Count; m++)
        {
            using var scope = NewDisposeScope();
            var maps = clips.Where(clip => clip.Evidence[m].Count > 0).Select(clip => clip.Evidence[m][0].Embedding).ToList();
            network.Standardise(m, tensor(maps.SelectMany(map => map).ToArray(), [maps.Count, maps[0].Length]));
        }

        return network;
    }
}
