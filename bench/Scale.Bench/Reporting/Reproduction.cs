using Emotion.ScaleBench.Measuring;
using Emotion.ScaleBench.Simulation;

namespace Emotion.ScaleBench.Reporting;

/// <summary>
/// One machine over again, simulated from how long a call takes that waits for nobody: before the simulation is asked for what nobody can measure
/// here, it has to tell what was measured.
/// </summary>
internal static class Reproduction
{
    private const double WarmUp = 60, Seconds = 3000;

    /// <param name="What">With its unit.</param>
    /// <param name="Measured">On this machine.</param>
    /// <param name="Simulated">From service times.</param>
    public sealed record Figure(string What, double Measured, double Simulated)
    {
        public double Error => Math.Abs(Simulated - Measured) / Measured;
    }

    public static IReadOnlyList<Figure> Of(ReplicaMeasurements replicas, ServiceMeasurements services) =>
    [
        .. replicas.Runs.GroupBy(run => run.Replicas).OrderBy(runs => runs.Key).Select(runs => new Figure(
            $"segments/s of {runs.Key} video replica{(runs.Key == 1 ? "" : "s")} with {replicas.CoresEach} cores each",
            runs.Average(run => run.PerSecond), Closed(replicas, runs.Key))),
        .. Overloaded("video", "segments", services.Video),
        .. Overloaded("audio", "windows", services.Audio),
        .. Overloaded("text", "recordings", services.Text),
    ];

    private static double Closed(ReplicaMeasurements measured, int count)
    {
        var (simulator, random) = (new Simulator(), new Random(1));
        var replicas = new Replicas(
            [.. Enumerable.Range(0, count).Select(_ => new Station(simulator, random, measured.Slots, measured.Waiting))], callers: 1, Choice.InTurn, random);
        var service = Service(measured.ServiceSeconds, measured.RoundTripSeconds);
        return Load.Closed(
            simulator, done => replicas.TryTake(service, done), measured.CallersEach * count, measured.RoundTripSeconds, WarmUp, Seconds).PerSecond;
    }

    private static Figure[] Overloaded(string name, string what, OverloadMeasurements measured)
    {
        var service = Service(measured.ServiceSeconds, measured.RoundTripSeconds);
        var (clock, random) = (new Simulator(), new Random(1));
        var busy = new Station(clock, random, measured.Slots, measured.Waiting);
        var peak = Load.Closed(clock, done => busy.TryTake(service, done), measured.PeakCallers, measured.RoundTripSeconds, WarmUp, Seconds);
        (clock, random) = (new Simulator(), new Random(1));
        var full = new Station(clock, random, measured.Slots, measured.Waiting);
        var overload = Load.Open(
            clock, done => full.TryTake(service, done), Times.Exponential(1 / measured.OfferedPerSecond), random, WarmUp, Seconds);
        return
        [
            new($"{what}/s of one {name} service at its peak", measured.PeakPerSecond, peak.PerSecond),
            new($"{what}/s of it at three times that", measured.GoodputPerSecond, overload.PerSecond),
            new($"seconds that an answer takes then, median ({name})", measured.AnsweredP50Seconds, overload.Percentile(0.5) + measured.RoundTripSeconds),
        ];
    }

    // What is measured from outside has the way there and back in it.
    private static Times Service(IReadOnlyList<double> seconds, double roundTrip) =>
        Times.Measured([.. seconds.Select(one => Math.Max(one - roundTrip, 0.1 * one))]);
}
