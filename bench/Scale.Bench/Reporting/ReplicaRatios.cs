using Emotion.ScaleBench.Measuring;

namespace Emotion.ScaleBench.Reporting;

/// <summary>Throughput of some replicas to that of one, round by round.</summary>
/// <param name="Mean">Of the rounds.</param>
/// <param name="Low">Of the lowest round.</param>
/// <param name="High">Of the highest round.</param>
internal sealed record ReplicaRatios(double Mean, double Low, double High)
{
    public static ReplicaRatios Of(ReplicaMeasurements measured, int replicas)
    {
        var ratios = measured.Runs.GroupBy(run => run.Round)
            .Select(round => round.Single(run => run.Replicas == replicas).PerSecond / round.Single(run => run.Replicas == 1).PerSecond)
            .ToList();
        return new ReplicaRatios(Math.Round(ratios.Average(), 4), Math.Round(ratios.Min(), 4), Math.Round(ratios.Max(), 4));
    }
}
