namespace Emotion.Training.Calibration;

/// <summary>
/// How much of fusion's trained correction counts for each subset of the modalities. A correction that training parts have taught and people whom it never saw do
/// not bear out is worth less than nothing; those people say how much of it to keep.
/// </summary>
/// <param name="Each">In the order of <see cref="Datasets.ModalitySubset.Of"/>.</param>
/// <param name="Parts">What each subset answers at its share, at temperature 1.</param>
public sealed record CorrectionShares(IReadOnlyList<double> Each, IReadOnlyList<SubsetPart> Parts)
{
    /// <summary>Of each subset the share with the least negative log-likelihood at its own temperature; of equal ones the smallest.</summary>
    /// <param name="tried">In rising order; of each the answers of every subset at temperature 1, the subsets always in the same order.</param>
    public static CorrectionShares Choose(IReadOnlyList<(double Share, IReadOnlyList<SubsetPart> Parts)> tried)
    {
        var chosen = Enumerable.Range(0, tried[0].Parts.Count).Select(subset => tried.MinBy(one => Likelihood(one.Parts[subset]))).ToList();
        return new CorrectionShares([.. chosen.Select(one => one.Share)], [.. chosen.Select((one, subset) => one.Parts[subset])]);
    }

    private static double Likelihood(SubsetPart part) =>
        TemperatureScaling.NegativeLogLikelihood(part.Posteriors, part.Labels, TemperatureScaling.Fit(part.Posteriors, part.Labels));
}
