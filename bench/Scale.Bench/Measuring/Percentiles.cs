namespace Emotion.ScaleBench.Measuring;

internal static class Percentiles
{
    /// <param name="sorted">In order of size; one at the least.</param>
    /// <param name="share">From 0 to 1.</param>
    public static double Of(IReadOnlyList<double> sorted, double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Count) - 1)];
}
