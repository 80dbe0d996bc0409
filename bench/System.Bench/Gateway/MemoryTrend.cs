namespace Emotion.SystemBench.Gateway;

/// <summary>Memory at one moment, and how many requests there had been.</summary>
internal readonly record struct MemorySample(double Minute, double Megabytes, int Requests);

/// <summary>How memory moves: the straight line that is closest to its samples.</summary>
/// <param name="Growth">Of the line from its first to its last sample, as a share of where it begins.</param>
internal readonly record struct MemoryTrend(double MegabytesPerMinute, double PercentPer1000Requests, double Growth)
{
    /// <exception cref="InvalidOperationException">There are fewer than two.</exception>
    public static MemoryTrend Of(IReadOnlyList<MemorySample> samples)
    {
        if (samples.Count < 2)
        {
            throw new InvalidOperationException("Memory was looked at too seldom to tell how it moves: let the load last longer.");
        }

        var (minute, megabytes) = (samples.Average(sample => sample.Minute), samples.Average(sample => sample.Megabytes));
        var slope = samples.Sum(sample => (sample.Minute - minute) * (sample.Megabytes - megabytes)) / samples.Sum(sample => Math.Pow(sample.Minute - minute, 2));
        var grown = slope * (samples[^1].Minute - samples[0].Minute);
        var begins = megabytes - slope * (minute - samples[0].Minute);
        var thousands = (samples[^1].Requests - samples[0].Requests) / 1000.0;
        return new MemoryTrend(Math.Round(slope, 3), Math.Round(100 * grown / begins / thousands, 3), grown / begins);
    }
}
