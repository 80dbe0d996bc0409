using System.Numerics.Tensors;

namespace Emotion.Training.Augmentation;

/// <summary>Each example becomes a mixture of itself and the next one of its batch, inputs and targets alike (Zhang et al. 2018).</summary>
public static class Mixup
{
    /// <param name="count">Examples.</param>
    /// <param name="alpha">The share is drawn from Beta(alpha, alpha), once per batch.</param>
    /// <param name="random">Draws it.</param>
    /// <param name="tensors">Inputs and targets, <c>[count, ...]</c> flat; an empty one stays so.</param>
    public static void Apply(int count, double alpha, Random random, params ReadOnlySpan<float[]> tensors)
    {
        var share = (float)Beta(alpha, random);
        share = Math.Max(share, 1 - share);
        foreach (var rows in tensors)
        {
            Mix(rows, count, share);
        }
    }

    private static void Mix(float[] rows, int count, float share)
    {
        var length = rows.Length / count;
        var first = rows[..length];
        for (var row = 0; row < count; row++)
        {
            var own = rows.AsSpan(row * length, length);
            var other = row + 1 < count ? rows.AsSpan((row + 1) * length, length) : first;
            TensorPrimitives.Lerp(other, own, share, own);
        }
    }

    // Johnk's algorithm; quick for alpha below 1, which is what mixup uses.
    private static double Beta(double alpha, Random random)
    {
        while (true)
        {
            var (u, v) = (Math.Pow(random.NextDouble(), 1 / alpha), Math.Pow(random.NextDouble(), 1 / alpha));
            if (u + v is > 0 and <= 1)
            {
                return u / (u + v);
            }
        }
    }
}
