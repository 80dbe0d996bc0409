using Emotion.Training.Datasets;
using Emotion.Training.Networks;

namespace Emotion.Training.Calibration;

/// <summary>
/// The powers that posteriors are raised to before they are multiplied, for each subset of the modalities by itself. Two that err alike (two networks that hear the
/// same voice) count for less together than each beside a third that errs otherwise, and one power for all subsets has to be wrong for some.
/// </summary>
/// <param name="Each">In the order of <see cref="ModalitySubset.Of"/>; of each by modality, 0 for those that are not there.</param>
public sealed record SubsetPowers(IReadOnlyList<double[]> Each)
{
    /// <param name="subsets">All.</param>
    /// <param name="covered">By modality: the labels that it knows.</param>
    /// <param name="tuples">Of a subset; all with the same allowed labels.</param>
    public static SubsetPowers Fit(IReadOnlyList<ModalitySubset> subsets, IReadOnlyList<bool[]> covered, Func<ModalitySubset, IReadOnlyList<EvidenceTuple>> tuples) =>
        new([.. subsets.Select(subset =>
        {
            var fitting = tuples(subset);
            var powers = EvidencePool.FitWeights([.. fitting.Select(tuple => tuple.Ratios(covered))], [.. fitting.Select(tuple => tuple.AllowedLabel)]);
            return powers.Select((power, m) => subset.Has(m) ? power : 0).ToArray();
        })]);

    /// <summary>Has a network begin with them.</summary>
    public void Give(EvidenceFusion network)
    {
        for (var m = 0; m < network.Powers.Count; m++)
        {
            using var powers = TorchSharp.torch.tensor([0f, .. Each.Select(subset => (float)subset[m])]);
            network.Powers[m].copy_(powers);
        }
    }
}
