using Emotion.ScaleBench.Measuring;
using Emotion.ScaleBench.Simulation;

namespace Emotion.ScaleBench.Reporting;

/// <summary>
/// More video replicas than this machine has cores for: segments a second of 1 to 24 of them that take a fixed time for each, behind gateways that have so many
/// cores together and cut each segment's clip, until that is what bounds it.
/// </summary>
internal static class ScaleOut
{
    private const int Most = 24, CallersEach = 3;
    private const double WarmUp = 60, Seconds = 600;

    /// <param name="Replicas">Of video, a core each.</param>
    /// <param name="PerSecond">Segments; every clip is one.</param>
    /// <param name="Ratio">To one replica.</param>
    public sealed record Step(int Replicas, double PerSecond, double Ratio);

    /// <summary>Cores of the gateways in the second of the two pictures: as many as a usual server has.</summary>
    public const int GatewayCores = 8;

    /// <param name="clip">What a segment and its clip cost.</param>
    /// <param name="roundTrip">Seconds that a call takes beside that.</param>
    /// <param name="gatewayCores">Of all gateways together.</param>
    public static IReadOnlyList<Step> Of(ClipCostMeasurements clip, double roundTrip, int gatewayCores)
    {
        var each = Enumerable.Range(1, Most).Select(count => PerSecond(count, clip, roundTrip, gatewayCores)).ToList();
        return [.. each.Select((perSecond, i) => new Step(i + 1, perSecond, perSecond / each[0]))];
    }

    /// <summary>The last count up to which each replica brings nine tenths of the first one.</summary>
    public static int Limit(IReadOnlyList<Step> steps) => steps.TakeWhile(step => step.Ratio >= 0.9 * step.Replicas).Last().Replicas;

    private static double PerSecond(int count, ClipCostMeasurements clip, double roundTrip, int gatewayCores)
    {
        var (simulator, random) = (new Simulator(), new Random(1));
        var gateway = new Station(simulator, random, slots: gatewayCores, waiting: int.MaxValue);
        var replicas = new Replicas(
            [.. Enumerable.Range(0, count).Select(_ => new Station(simulator, random, slots: 1, waiting: 16))], callers: 1, Choice.InTurn, random);
        var (cut, look) = (Times.Fixed(clip.Services["gateway"].Both), Times.Fixed(clip.Services["video"].Both));
        return Load.Closed(
            simulator,
            done => gateway.TryTake(cut, () =>
            {
                if (!replicas.TryTake(look, done))
                {
                    throw new InvalidOperationException("So few callers fit into the replicas' queues.");
                }
            }),
            CallersEach * count, roundTrip, WarmUp, Seconds).PerSecond;
    }
}
