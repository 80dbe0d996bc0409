using Emotion.Training.Datasets;

namespace Emotion.Training.Calibration;

/// <summary>What a temperature of one subset is fitted on.</summary>
/// <param name="Posteriors">Of drawn tuples, at temperature 1.</param>
/// <param name="Labels">True labels.</param>
/// <param name="Examples">Different ones, of the modality that has the fewest: tuples repeat them, and tell nothing new by it.</param>
public sealed record SubsetPart(ModalitySubset Subset, IReadOnlyList<float[]> Posteriors, IReadOnlyList<int> Labels, int Examples);

/// <summary>
/// A temperature for each subset of the modalities. One for all makes some subsets too sure and others too modest: evidence of several adds up as if they
/// erred apart, that of one does not. Each lies near the shared one where there are few examples: ln(T / shared) is taken as normal around 0.
/// </summary>
/// <param name="Shared">Fitted on all subsets alike.</param>
/// <param name="Each">In the order of <see cref="ModalitySubset.Of"/>.</param>
public sealed record SubsetTemperatures(double Shared, IReadOnlyList<double> Each)
{
    /// <summary>How far apart subsets are believed to be before any is looked at: by a factor of 1.6.</summary>
    private const double Deviation = 0.5;

    /// <summary>So many examples count as one: recordings of one actor are alike, and composed faces share pictures. As for the speech network.</summary>
    private const double Alike = 10;

    /// <param name="parts">In that order.</param>
    public static SubsetTemperatures Fit(IReadOnlyList<SubsetPart> parts)
    {
        var shared = TemperatureScaling.Fit([.. parts.SelectMany(part => part.Posteriors)], [.. parts.SelectMany(part => part.Labels)]);
        return new SubsetTemperatures(shared, [.. parts.Select(part => TemperatureScaling.Fit(
            [.. part.Posteriors.Select(posterior => TemperatureScaling.Apply(posterior, shared))],
            part.Labels,
            shared,
            new TemperaturePrior(Deviation, Alike * part.Labels.Count / part.Examples)))]);
    }

    /// <summary>What a posterior of a subset would be at the shared temperature.</summary>
    public float[] AtShared(ModalitySubset subset, float[] posterior) => TemperatureScaling.Apply(posterior, Shared / Each[subset.Bits - 1]);
}
