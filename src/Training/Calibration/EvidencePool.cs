namespace Emotion.Training.Calibration;

/// <summary>
/// Any number of opinions as one, some of them missing: softmax of the weighted sum of their evidence, where an opinion that is missing has none.
/// The weights give the least negative log-likelihood, which is convex in them, and are not below 0: an opinion that misleads is not turned
/// into its opposite. <see cref="LogLinearPool"/> is the same of two that are always there.
/// </summary>
public static class EvidencePool
{
    private const int Steps = 300;
    private const double FirstStep = 0.1;

    /// <summary>Steps that win less in NLL are the last.</summary>
    private const double Precision = 1e-7;

    /// <param name="evidence">Of each example, by opinion and label: the logarithm of a likelihood ratio; null where the opinion is missing.</param>
    /// <returns>One for each opinion.</returns>
    public static double[] FitWeights(IReadOnlyList<IReadOnlyList<float[]?>> evidence, IReadOnlyList<int> labels)
    {
        double[] weights = [.. evidence[0].Select(_ => 1.0)];
        var (cost, gradient) = Cost(evidence, labels, weights);
        var size = FirstStep;
        for (var step = 0; step < Steps; step++)
        {
            double[] next = [.. weights.Zip(gradient, (weight, slope) => Math.Max(0, weight - size * slope))];
            var (nextCost, nextGradient) = Cost(evidence, labels, next);
            if (nextCost <= cost)
            {
                var won = cost - nextCost;
                (weights, cost, gradient, size) = (next, nextCost, nextGradient, size * 1.5);
                if (won < Precision)
                {
                    break;
                }
            }
            else
            {
                size /= 2;
            }
        }

        return weights;
    }

    public static float[] Apply(IReadOnlyList<float[]?> evidence, IReadOnlyList<double> weights)
    {
        var sums = new double[evidence.OfType<float[]>().First().Length];
        for (var opinion = 0; opinion < evidence.Count; opinion++)
        {
            for (var label = 0; label < sums.Length && evidence[opinion] is not null; label++)
            {
                sums[label] += weights[opinion] * evidence[opinion]![label];
            }
        }

        var most = sums.Max();
        var shares = Array.ConvertAll(sums, sum => Math.Exp(sum - most));
        var total = shares.Sum();
        return Array.ConvertAll(shares, share => (float)(share / total));
    }

    private static (double Cost, double[] Gradient) Cost(IReadOnlyList<IReadOnlyList<float[]?>> evidence, IReadOnlyList<int> labels, double[] weights)
    {
        var (cost, gradient) = (0.0, new double[weights.Length]);
        for (var i = 0; i < labels.Count; i++)
        {
            var posterior = Apply(evidence[i], weights);
            cost -= Math.Log(Math.Max(posterior[labels[i]], 1e-12)) / labels.Count;
            for (var opinion = 0; opinion < weights.Length; opinion++)
            {
                if (evidence[i][opinion] is { } said)
                {
                    gradient[opinion] += (posterior.Zip(said, (share, value) => share * value).Sum() - said[labels[i]]) / labels.Count;
                }
            }
        }

        return (cost, gradient);
    }
}
