namespace Emotion.Training.Calibration;

/// <summary>
/// Few people say little about everybody: two actors who happen to be easy would make a network boast. ln T is taken as normal around 0.
/// </summary>
/// <param name="Deviation">Of ln T.</param>
/// <param name="Alike">So many recordings count as one: those of one actor are alike.</param>
public sealed record TemperaturePrior(double Deviation, double Alike);

/// <summary>
/// One number that makes posteriors mean what they say (Guo et al. 2017): the T that gives softmax(ln p / T) the least negative
/// log-likelihood on examples that trained nothing. The prediction does not change.
/// </summary>
public static class TemperatureScaling
{
    private const double Least = 0.1, Most = 10, Precision = 1e-4;

    /// <param name="posteriors">At temperature 1.</param>
    /// <param name="labels">True labels.</param>
    /// <param name="previous">The temperature that the posteriors already have; the result replaces it.</param>
    /// <param name="prior">What is believed before the examples are seen; null to believe them alone.</param>
    public static double Fit(IReadOnlyList<float[]> posteriors, IReadOnlyList<int> labels, double previous = 1, TemperaturePrior? prior = null)
    {
        double Cost(double logTemperature)
        {
            var likelihood = NegativeLogLikelihood(posteriors, labels, Math.Exp(logTemperature));
            return prior is null
                ? likelihood
                : likelihood * labels.Count / prior.Alike + Math.Pow(logTemperature / prior.Deviation, 2) / 2;
        }

        return previous * Math.Exp(Lowest(Cost, Math.Log(Least), Math.Log(Most)));
    }

    /// <summary>One temperature for parts that count the same, however many examples each has.</summary>
    /// <param name="parts">Of each its posteriors at temperature 1 and its labels.</param>
    public static double FitAlike(IReadOnlyList<(IReadOnlyList<float[]> Posteriors, IReadOnlyList<int> Labels)> parts) => Math.Exp(Lowest(
        logTemperature => parts.Average(part => NegativeLogLikelihood(part.Posteriors, part.Labels, Math.Exp(logTemperature))), Math.Log(Least), Math.Log(Most)));

    /// <summary>softmax(ln p / T): the posterior as it is at that temperature.</summary>
    public static float[] Apply(float[] posterior, double temperature)
    {
        var powers = Array.ConvertAll(posterior, p => Math.Pow(p, 1 / temperature));
        var sum = powers.Sum();
        return Array.ConvertAll(powers, power => (float)(power / sum));
    }

    // NLL is convex in 1/T and so has one minimum in ln T: golden-section search finds it.
    internal static double Lowest(Func<double, double> cost, double low, double high)
    {
        var ratio = (Math.Sqrt(5) - 1) / 2;
        while (high - low > Precision)
        {
            var (left, right) = (high - ratio * (high - low), low + ratio * (high - low));
            if (cost(left) < cost(right))
            {
                high = right;
            }
            else
            {
                low = left;
            }
        }

        return (low + high) / 2;
    }

    public static double NegativeLogLikelihood(IReadOnlyList<float[]> posteriors, IReadOnlyList<int> labels, double temperature)
    {
        var sum = 0.0;
        for (var i = 0; i < labels.Count; i++)
        {
            var scaled = Array.ConvertAll(posteriors[i], p => p > 0 ? Math.Log(p) / temperature : double.NegativeInfinity);
            var most = scaled.Max();
            var total = scaled.Sum(value => Math.Exp(value - most));
            sum += Math.Log(total) + most - Math.Max(scaled[labels[i]], -1e3);
        }

        return sum / Math.Max(1, labels.Count);
    }
}
