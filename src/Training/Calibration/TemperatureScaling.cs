namespace Emotion.Training.Calibration;

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
    public static double Fit(IReadOnlyList<float[]> posteriors, IReadOnlyList<int> labels, double previous = 1)
    {
        // NLL is convex in 1/T and so has one minimum in ln T: golden-section search finds it.
        var ratio = (Math.Sqrt(5) - 1) / 2;
        var (low, high) = (Math.Log(Least), Math.Log(Most));
        while (high - low > Precision)
        {
            var (left, right) = (high - ratio * (high - low), low + ratio * (high - low));
            if (NegativeLogLikelihood(posteriors, labels, Math.Exp(left)) < NegativeLogLikelihood(posteriors, labels, Math.Exp(right)))
            {
                high = right;
            }
            else
            {
                low = left;
            }
        }

        return previous * Math.Exp((low + high) / 2);
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
