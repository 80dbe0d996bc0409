namespace Emotion.Gateway.Canary;

/// <summary>
/// How far apart two distributions of predictions are, and how far chance alone puts them on so many answers. The population stability
/// index is the sum over categories of (p - q) ln(p / q), each category that occurs counted half a time more, so that an empty one has a
/// logarithm.
/// </summary>
public static class PopulationShift
{
    /// <summary>Draws of the null distribution.</summary>
    private const int Draws = 1000;

    public static double Index(int[] one, int[] other)
    {
        var occurring = 0;
        var (all, allOther) = (0, 0);
        for (var i = 0; i < one.Length; i++)
        {
            occurring += one[i] + other[i] > 0 ? 1 : 0;
            all += one[i];
            allOther += other[i];
        }

        var index = 0.0;
        for (var i = 0; i < one.Length; i++)
        {
            if (one[i] + other[i] > 0)
            {
                var (p, q) = ((one[i] + 0.5) / (all + 0.5 * occurring), (other[i] + 0.5) / (allOther + 0.5 * occurring));
                index += (p - q) * Math.Log(p / q);
            }
        }

        return index;
    }

    /// <summary>
    /// The index that two samples of these sizes, drawn from what both saw together, exceed with <paramref name="probability"/>: a gamma
    /// distribution with mean and variance of 1,000 such draws. For large samples it is the chi-square distribution that the index
    /// follows there; for small ones it is wider, as the index is.
    /// </summary>
    /// <param name="seed">Of the draws; equal ones give equal thresholds.</param>
    public static double Threshold(int[] one, int[] other, double probability, int seed)
    {
        var pooled = one.Zip(other, (a, b) => a + b).ToArray();
        var (drawn, left) = (new int[pooled.Length], new int[pooled.Length]);
        var random = new Random(seed);
        var (sum, squares) = (0.0, 0.0);
        for (var i = 0; i < Draws; i++)
        {
            Draw(pooled, one.Sum(), random, drawn, left);
            var index = Index(drawn, left);
            sum += index;
            squares += index * index;
        }

        var mean = sum / Draws;
        var variance = (squares - Draws * mean * mean) / (Draws - 1);
        // All alike: nothing that is drawn from it can differ.
        return variance <= 0 ? mean : variance / mean * TailProbabilities.GammaThreshold(mean * mean / variance, probability);
    }

    /// <summary>So many without putting back.</summary>
    private static void Draw(int[] pooled, int count, Random random, int[] drawn, int[] left)
    {
        pooled.CopyTo(left, 0);
        Array.Clear(drawn);
        for (var remaining = pooled.Sum(); count > 0; count--, remaining--)
        {
            var at = random.Next(remaining);
            var category = 0;
            for (; at >= left[category]; category++)
            {
                at -= left[category];
            }

            left[category]--;
            drawn[category]++;
        }
    }
}
