using System.Globalization;
using Emotion.Contracts.Video.V1;
using Emotion.Inference.Video;

namespace Emotion.ScaleBench.Measuring;

/// <summary>
/// Segments a second of one, two and three video replicas that have half a core each, so that this machine has cores for all of them and for who asks. In
/// turn, forwards and backwards, so that what drifts meanwhile hits each of them alike.
/// </summary>
internal sealed class ReplicaRuns(RunningSystem system, byte[] segment, double segmentSeconds, Effort effort)
{
    private const int Most = 3, CallersEach = 3, PiecesOfClip = 24, PiecesAtOnce = 4, Apart = 2;
    private const double CoresEach = 0.5;

    /// <param name="settings">Of the replicas, for the record.</param>
    /// <param name="slots">Segments that each works on at once.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<ReplicaMeasurements> RunAsync(string settings, int slots, CancellationToken cancellationToken)
    {
        var load = double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
        var names = Enumerable.Range(1, Most).Select(number => $"video-{number}").ToList();
        var ask = Questions.Segment(segment, segmentSeconds);
        var quotas = new List<CpuQuota>();
        try
        {
            quotas.AddRange(names.Select(name => new CpuQuota(system.ProcessId(name), CoresEach)));
            // The first segments of a process take longer: those of the spread come first.
            var spread = await SpreadAsync(names, ask, cancellationToken);
            using var one = new GatewayCalls<VideoClassifier.VideoClassifierClient>("video", system.Address(names[0]));
            var roundTrip = await RoundTrip.MedianAsync(system.Address(names[0]), cancellationToken);
            var (runs, alone) = (new List<ReplicaRun>(), new List<double>());
            for (var round = 1; round <= effort.Rounds; round++)
            {
                alone.AddRange((await ClosedLoop.RunAsync(1, effort.WarmUp, effort.Run, token => one.OnceAsync(ask, token), cancellationToken)).Latencies);
                var order = Enumerable.Range(1, Most);
                foreach (var replicas in round % 2 == 1 ? order : order.Reverse())
                {
                    using var some = new GatewayCalls<VideoClassifier.VideoClassifierClient>("video", [.. names.Take(replicas).Select(system.Address)]);
                    var run = await ClosedLoop.RunAsync(
                        CallersEach * replicas, effort.WarmUp, effort.Run, token => some.NextAsync(ask, token), cancellationToken);
                    runs.Add(new ReplicaRun(replicas, round, run.PerSecond, run.Latencies.Count));
                    Measurements.Say($"Round {round} of {effort.Rounds}: {replicas} replicas, {run.PerSecond:0.00} segments/s");
                }
            }

            await FreeAsync(quotas);
            return new ReplicaMeasurements(
                load, CoresEach, settings, segmentSeconds, CallersEach, slots, new SegmentOptions().QueueLength, runs, alone, roundTrip, spread,
                await ApartAsync([.. names.Take(Apart)], ask, cancellationToken));
        }
        finally
        {
            await FreeAsync(quotas);
        }
    }

    private static async Task FreeAsync(List<CpuQuota> quotas)
    {
        foreach (var quota in quotas)
        {
            await quota.DisposeAsync();
        }

        quotas.Clear();
    }

    // With as many callers as the peak of one process has, which shares its model among so many segments.
    private async Task<ProcessMeasurements> ApartAsync(
        IReadOnlyList<string> names, Func<VideoClassifier.VideoClassifierClient, DateTime, CancellationToken, Task> ask, CancellationToken cancellationToken)
    {
        using var some = new GatewayCalls<VideoClassifier.VideoClassifierClient>("video", [.. names.Select(system.Address)]);
        var run = await ClosedLoop.RunAsync(
            names.Count + (new SegmentOptions().QueueLength / 2), effort.WarmUp, effort.Peak, token => some.NextAsync(ask, token), cancellationToken);
        Measurements.Say($"{names.Count} processes that share all cores: {run.PerSecond:0.00} segments/s");
        return new ProcessMeasurements(names.Count, run.PerSecond, run.Latencies.Count, names.Sum(system.Memory));
    }

    // A clip of some minutes, so many segments at once as the gateway has.
    private async Task<IReadOnlyList<int>> SpreadAsync(
        IReadOnlyList<string> names, Func<VideoClassifier.VideoClassifierClient, DateTime, CancellationToken, Task> ask, CancellationToken cancellationToken)
    {
        using var all = new GatewayCalls<VideoClassifier.VideoClassifierClient>("video", [.. names.Select(system.Address)]);
        var counts = all.Replicas.All.ToDictionary(replica => replica.Address, _ => 0);
        var gate = new Lock();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, effort.Rounds > 1 ? PiecesOfClip : PiecesAtOnce * Most),
            new ParallelOptions { MaxDegreeOfParallelism = PiecesAtOnce, CancellationToken = cancellationToken },
            async (_, token) =>
            {
                var who = await all.NextAsync(ask, token);
                lock (gate)
                {
                    counts[who]++;
                }
            });
        return [.. counts.Values];
    }
}
