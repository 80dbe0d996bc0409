namespace Emotion.ScaleBench.Simulation;

/// <summary>How long something takes, or how far apart things come: seconds, drawn anew each time.</summary>
internal abstract class Times
{
    public abstract double Next(Random random);

    public static Times Fixed(double seconds) => new FixedTimes(seconds);

    public static Times Exponential(double mean) => new ExponentialTimes(mean);

    /// <summary>One of those that were measured, each as likely.</summary>
    public static Times Measured(IReadOnlyList<double> seconds) => new MeasuredTimes(seconds);

    /// <summary>Spread as those that were measured, about another mean.</summary>
    public static Times LikeMeasured(IReadOnlyList<double> seconds, double mean)
    {
        var scale = mean / seconds.Average();
        return new MeasuredTimes([.. seconds.Select(one => one * scale)]);
    }

    private sealed class FixedTimes(double seconds) : Times
    {
        public override double Next(Random random) => seconds;
    }

    private sealed class ExponentialTimes(double mean) : Times
    {
        public override double Next(Random random) => -mean * Math.Log(1 - random.NextDouble());
    }

    private sealed class MeasuredTimes(IReadOnlyList<double> seconds) : Times
    {
        public override double Next(Random random) => seconds[random.Next(seconds.Count)];
    }
}
