namespace Emotion.Gateway.Canary;

/// <summary>Upper tails: how probable it is by chance alone to see so much or more.</summary>
public static class TailProbabilities
{
    private const double Negligible = 1e-17;

    /// <summary>
    /// Of a hypergeometric count, one side of Fisher's exact test: <paramref name="marked"/> of <paramref name="all"/> are marked, of
    /// which <paramref name="drawn"/> are drawn without looking; <paramref name="seen"/> or more of the drawn are marked.
    /// </summary>
    public static double Hypergeometric(int seen, int drawn, int marked, int all)
    {
        var first = Math.Max(seen, Math.Max(0, drawn - (all - marked)));
        if (first > Math.Min(drawn, marked))
        {
            return 0;
        }

        var term = Math.Exp(LogChoose(marked, first) + LogChoose(all - marked, drawn - first) - LogChoose(all, drawn));
        var sum = term;
        for (var i = first; i < Math.Min(drawn, marked) && term > sum * Negligible; i++)
        {
            term *= (double)(marked - i) * (drawn - i) / ((i + 1.0) * (all - marked - drawn + i + 1));
            sum += term;
        }

        return Math.Min(sum, 1);
    }

    /// <summary>Of a binomial count: <paramref name="seen"/> or more of <paramref name="tries"/>, each with this probability.</summary>
    public static double Binomial(int seen, int tries, double probability)
    {
        if (seen <= 0 || probability >= 1)
        {
            return 1;
        }

        if (seen > tries || probability <= 0)
        {
            return 0;
        }

        var sum = 0.0;
        for (var i = seen; i <= tries; i++)
        {
            sum += Math.Exp(LogChoose(tries, i) + i * Math.Log(probability) + (tries - i) * Math.Log(1 - probability));
        }

        return Math.Min(sum, 1);
    }

    /// <summary>The value that a gamma variable of this shape, and scale 1, exceeds with <paramref name="probability"/>.</summary>
    public static double GammaThreshold(double shape, double probability)
    {
        var (low, high) = (0.0, shape + 10);
        while (Gamma(shape, high) > probability)
        {
            high *= 2;
        }

        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Gamma(shape, middle) > probability ? (middle, high) : (low, middle);
        }

        return high;
    }

    /// <summary>
    /// The regularized incomplete gamma function Q(shape, value): its power series below shape + 1, its continued fraction (by Lentz's
    /// method) above (Abramowitz and Stegun 6.5.29, 6.5.31).
    /// </summary>
    public static double Gamma(double shape, double value)
    {
        if (value <= 0)
        {
            return 1;
        }

        var factor = Math.Exp(-value + shape * Math.Log(value) - LogGamma(shape));
        if (value < shape + 1)
        {
            var sum = 1 / shape;
            var term = sum;
            for (var n = 1; term > sum * Negligible; n++)
            {
                term *= value / (shape + n);
                sum += term;
            }

            return Math.Max(0, 1 - sum * factor);
        }

        var b = value + 1 - shape;
        var (c, d) = (double.MaxValue, 1 / b);
        var fraction = d;
        var change = 0.0;
        for (var i = 1; Math.Abs(change - 1) > 1e-14 && i < 10_000; i++)
        {
            var a = -i * (i - shape);
            b += 2;
            d = 1 / (a * d + b);
            c = b + a / c;
            change = c * d;
            fraction *= change;
        }

        return factor * fraction;
    }

    private static double LogChoose(int all, int chosen) => LogGamma(all + 1.0) - LogGamma(chosen + 1.0) - LogGamma(all - chosen + 1.0);

    /// <summary>Stirling's series (Abramowitz and Stegun 6.1.41) above 10, to which smaller arguments are raised.</summary>
    private static double LogGamma(double x)
    {
        var raised = 1.0;
        for (; x < 10; x++)
        {
            raised *= x;
        }

        var square = 1 / (x * x);
        var series = (1 / 12.0 - square * (1 / 360.0 - square * (1 / 1260.0 - square / 1680))) / x;
        return (x - 0.5) * Math.Log(x) - x + 0.5 * Math.Log(2 * Math.PI) + series - Math.Log(raised);
    }
}
