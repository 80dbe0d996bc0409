using Emotion.ScaleBench.Measuring;
using Emotion.ScaleBench.Simulation;

namespace Emotion.ScaleBench.Reporting;

/// <summary>
/// How many processes of each service a load of clips needs, a core each: all services equally busy, and as busy, in steps of 2 %, as they may be for 95 of 100 clips to take no longer
/// than twice what they take alone and none to be refused, in each of three runs.
/// </summary>
internal sealed class Capacity(ClipCostMeasurements clip, double roundTrip)
{
    private const double CoresOfMachine = 2, WarmUp = 60, Slower = 2, Step = 0.02;
    private const int CountedClips = 12_000, Waiting = 16, Runs = 3;

    private static readonly string[] Services = ["gateway", "audio", "video", "text", "fusion"];

    /// <param name="ClipsPerMinute">That come, at random moments.</param>
    /// <param name="Choice">How gateways choose among replicas.</param>
    /// <param name="Cores">That work, on average.</param>
    /// <param name="Busy">Share of the time that the busiest service's processes work.</param>
    /// <param name="Processes">Of each service, a core each.</param>
    /// <param name="Machines">Of two cores, as this one.</param>
    /// <param name="P50Seconds">For a clip, of the run with the longest 95th percentile.</param>
    /// <param name="P95Seconds">For a clip, of that run.</param>
    /// <param name="AloneP95Seconds">For a clip when no other is there.</param>
    /// <param name="UploadMbPerSecond">Of clips that come in.</param>
    public sealed record Need(
        double ClipsPerMinute, string Choice, double Cores, double Busy, IReadOnlyDictionary<string, int> Processes, int Machines, double P50Seconds,
        double P95Seconds, double AloneP95Seconds, double UploadMbPerSecond);

    private double CoreSeconds => Services.Sum(name => clip.Services[name].Both);

    public Need Of(double clipsPerMinute, Choice choice)
    {
        var rate = clipsPerMinute / 60;
        var alone = Simulate(0.01 / CoreSeconds, Services.ToDictionary(name => name, _ => 1), choice, seed: 1)!;
        for (var busy = 0.96; busy > Step; busy -= Step)
        {
            var processes = Services.ToDictionary(name => name, name => Math.Max(1, (int)Math.Ceiling(rate * clip.Services[name].Both / busy)));
            var runs = Enumerable.Range(1, Runs).Select(seed => Simulate(rate, processes, choice, seed)).TakeWhile(run => run is not null).ToList();
            if (runs.Count == Runs && runs.MaxBy(run => run!.Percentile(0.95)) is { } load && load.Percentile(0.95) <= Slower * alone.Percentile(0.95))
            {
                return new Need(
                    clipsPerMinute, choice == Choice.InTurn ? "in turn" : "the less busy of two", rate * CoreSeconds,
                    Services.Max(name => rate * clip.Services[name].Both / processes[name]), processes, Machines(rate, processes),
                    load.Percentile(0.5), load.Percentile(0.95), alone.Percentile(0.95), rate * clip.ClipBytes / 1e6);
            }
        }

        throw new InvalidOperationException($"{clipsPerMinute} clips a minute are answered in no time by any number of processes.");
    }

    // Processes that hardly work share cores: one of each service is there in any case.
    private int Machines(double rate, Dictionary<string, int> processes) => Math.Max(1, (int)Math.Ceiling(
        Services.Sum(name => processes[name] == 1 ? rate * clip.Services[name].Both / 0.7 : processes[name]) / CoresOfMachine));

    /// <returns>What was answered; null where all replicas of a service refused a clip.</returns>
    private Load? Simulate(double rate, Dictionary<string, int> processes, Choice choice, int seed)
    {
        var (simulator, random, lost) = (new Simulator(), new Random(seed), 0L);
        var gateways = processes["gateway"];
        Replicas Of(string service, int callers) => new(
            [.. Enumerable.Range(0, processes[service]).Select(_ => new Station(simulator, random, slots: 1, Waiting))], callers, choice, random);
        // Whoever sends clips takes a gateway at random, as name servers and balancers have it; each gateway takes turns of its own.
        var stations = Services.ToDictionary(name => name, name => Of(name, callers: name == "gateway" ? 1 : gateways));
        var times = Services.ToDictionary(name => name, Work);
        var load = Load.Open(simulator, Clip, Times.Exponential(1 / rate), random, WarmUp, CountedClips / rate);
        return load.Refused == 0 && lost == 0 ? load : null;

        bool Clip(Action done) => stations["gateway"].TryTake(times["gateway"], () =>
        {
            var left = 3;
            foreach (var service in (string[])["audio", "video", "text"])
            {
                After(service, () =>
                {
                    if (--left == 0)
                    {
                        After("fusion", () => simulator.After(roundTrip, done));
                    }
                });
            }
        });

        void After(string service, Action then) => simulator.After(roundTrip, () => lost += stations[service].TryTake(times[service], then) ? 0 : 1);
    }

    /// <summary>Spread as the stage is by the clock, about what it costs.</summary>
    private Times Work(string service) =>
        clip.StageSeconds.TryGetValue(service == "gateway" ? "split" : service, out var seconds) && seconds.Average() > 0
            ? Times.LikeMeasured(seconds, Math.Max(clip.Services[service].Both, 1e-5))
            : Times.Fixed(Math.Max(clip.Services[service].Both, 1e-5));
}
