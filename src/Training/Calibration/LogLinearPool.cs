namespace Emotion.Training.Calibration;

/// <summary>How much each of two opinions counts.</summary>
/// <param name="First">Factor of the first one's logits.</param>
/// <param name="Second">Factor of the second one's.</param>
public readonly record struct PoolWeights(double First, double Second);

/// <summary>
/// Two opinions as one: softmax(a ln p + b ln q), the logarithmic pool (Genest and Zidek 1986), with the two weights that give the least negative
/// log-likelihood on examples that trained neither. Two numbers cannot learn what a network remembers of its own training part, and so
/// do not trust the one of the two that remembers most.
/// </summary>
public static class LogLinearPool
{
    private const int Steps = 50;
    private const double Least = 1e-6;

    public static PoolWeights Fit(IReadOnlyList<float[]> first, IReadOnlyList<float[]> second, IReadOnlyList<int> labels)
    {
        var (p, q) = (Logarithms(first), Logarithms(second));
        double a = 1, b = 1;
        for (var step = 0; step < Steps; step++)
        {
            var (ga, gb, aa, ab, bb) = Derivatives(p, q, labels, a, b);
            var determinant = aa * bb - ab * ab;
            if (determinant < Least)
            {
                break;
            }

            // Newton's step, no weight below none: an opinion that misleads is not turned into its opposite.
            var (da, db) = ((bb * ga - ab * gb) / determinant, (aa * gb - ab * ga) / determinant);
            var size = Math.Min(1, 0.5 / Math.Max(Math.Abs(da), Math.Abs(db)));
            (a, b) = (Math.Max(0, a - size * da), Math.Max(0, b - size * db));
        }

        return new PoolWeights(a, b);
    }

    private static double[][] Logarithms(IReadOnlyList<float[]> posteriors) =>
        [.. posteriors.Select(row => Array.ConvertAll(row, p => Math.Log(Math.Max(p, Least))))];

    // Gradient and Hessian of the mean negative log-likelihood, which is convex in both weights.
    private static (double A, double B, double AA, double AB, double BB) Derivatives(
        double[][] p, double[][] q, IReadOnlyList<int> labels, double a, double b)
    {
        double ga = 0, gb = 0, aa = 0, ab = 0, bb = 0;
        for (var i = 0; i < labels.Count; i++)
        {
            var (x, y) = (p[i], q[i]);
            var scores = x.Zip(y, (u, v) => a * u + b * v).ToArray();
            var most = scores.Max();
            var shares = scores.Select(score => Math.Exp(score - most)).ToArray();
            var total = shares.Sum();
            double mx = 0, my = 0, xx = 0, xy = 0, yy = 0;
            for (var c = 0; c < shares.Length; c++)
            {
                var share = shares[c] / total;
                mx += share * x[c];
                my += share * y[c];
                xx += share * x[c] * x[c];
                xy += share * x[c] * y[c];
                yy += share * y[c] * y[c];
            }

            ga += mx - x[labels[i]];
            gb += my - y[labels[i]];
            aa += xx - mx * mx;
            ab += xy - mx * my;
            bb += yy - my * my;
        }

        return (ga, gb, aa, ab, bb);
    }
}
