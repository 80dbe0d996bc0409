namespace Emotion.Inference.Audio;

/// <summary>
/// Posteriors that are less sure in noise: temperature scaling (Guo et al. 2017), corrected for bias (Alexandari et al. 2020), by the
/// signal-to-noise ratio of the window. Revision 1, of the n levels L of the window's analysis frames, in decibels, that are not below silence, sorted:
/// <code>
/// range = L[floor(high / 100 (n - 1))] - L[floor(low / 100 (n - 1))]
/// ratio = 10 log10 max(10^(range / 10) - 1, 0.01)          loud frames hold noise, too: powers add up
/// T, offset = linear between the knots, constant beyond them
/// q[i] = posterior[i]^(1 / T) exp(offset[i])
/// posterior[i] = q[i] / sum of q
/// </code>
/// High and low quantiles of the levels are what NIST's STNR tells speech and noise by, too. The noise must last through the window, and the voice
/// must pause somewhere in it, if only between two sounds: without any pause the ratio comes out too low. Thread-safe.
/// </summary>
public sealed class NoiseTemperature(NoiseSpec spec)
{
    public const int Revision = 1;

    private const double LeastPowerRatio = 0.01;

    public NoiseSpec Spec { get; } = spec.Validated();

    /// <summary>Signal-to-noise ratio of a window in decibels, at least -20; null if all of it is below silence.</summary>
    /// <param name="levels">Of its analysis frames in decibels, <c>[frames]</c>, as <see cref="Features.Mfcc.MfccFrontEnd"/> gives them. Sorted in place.</param>
    public double? Decibels(Span<float> levels)
    {
        levels.Sort();
        var silent = 0;
        while (silent < levels.Length && !(levels[silent] >= Spec.SilenceDecibels))
        {
            silent++;
        }

        var heard = levels[silent..];
        if (heard.IsEmpty)
        {
            return null;
        }

        var range = At(heard, Spec.HighPercentile) - At(heard, Spec.LowPercentile);
        return 10 * Math.Log10(Math.Max(Math.Pow(10, range / 10) - 1, LeastPowerRatio));
    }

    /// <summary>At least 1.</summary>
    public double Temperature(double decibels)
    {
        var (below, above, share) = Around(decibels);
        return Between(below.Temperature, above.Temperature, share);
    }

    /// <summary>
    /// Corrects a posterior in place. What is 0 stays 0, and without offsets the order of the labels stays; at temperature 1, without offsets or with all at 0, it stays bit for bit.
    /// </summary>
    /// <param name="posterior"><c>[labels]</c>, adds up to 1.</param>
    /// <param name="decibels">Signal-to-noise ratio of its window.</param>
    public void Temper(Span<float> posterior, double decibels)
    {
        var (below, above, share) = Around(decibels);
        var (temperature, moved, sum) = (Between(below.Temperature, above.Temperature, share), false, 0.0);
        Span<double> powers = stackalloc double[posterior.Length];
        for (var label = 0; label < posterior.Length; label++)
        {
            var offset = below.Offsets is null ? 0 : Between(below.Offsets[label], above.Offsets![label], share);
            moved |= offset != 0;
            powers[label] = Math.Pow(posterior[label], 1 / temperature) * Math.Exp(offset);
            sum += powers[label];
        }

        for (var label = 0; label < posterior.Length && (moved || temperature > 1); label++)
        {
            posterior[label] = (float)(powers[label] / sum);
        }
    }

    private (NoiseKnot Below, NoiseKnot Above, double Share) Around(double decibels)
    {
        var knots = Spec.Knots;
        if (decibels <= knots[0].Decibels)
        {
            return (knots[0], knots[0], 0);
        }

        for (var i = 1; i < knots.Count; i++)
        {
            if (decibels < knots[i].Decibels)
            {
                return (knots[i - 1], knots[i], (decibels - knots[i - 1].Decibels) / (knots[i].Decibels - knots[i - 1].Decibels));
            }
        }

        return (knots[^1], knots[^1], 0);
    }

    // Exact where both are the same.
    private static double Between(double below, double above, double share) => below + share * (above - below);

    private static float At(ReadOnlySpan<float> sorted, double percentile) => sorted[(int)(percentile / 100 * (sorted.Length - 1))];
}
