namespace Emotion.Training.Evaluation;

/// <summary>Of a share that was counted (Wilson 1927): unlike resampling it does not shrink to a point where all or none hit.</summary>
public static class WilsonInterval
{
    private const double Normal95 = 1.959964;

    /// <returns>95 %; from 0 to 1 where nothing was counted.</returns>
    public static Interval Of(int hits, int count)
    {
        if (count == 0)
        {
            return new Interval(0, 1);
        }

        var (share, square) = ((double)hits / count, Normal95 * Normal95 / count);
        var middle = (share + square / 2) / (1 + square);
        var half = Normal95 / (1 + square) * Math.Sqrt(share * (1 - share) / count + square / (4 * count));
        return new Interval(Math.Max(0, middle - half), Math.Min(1, middle + half));
    }
}
