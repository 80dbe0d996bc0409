using System.Diagnostics;
using Emotion.Contracts.Video.V1;
using Grpc.Core;

namespace Emotion.ScaleBench.Measuring;

/// <summary>Callers go away while their segment is decoded and looked at: how long the replica goes on.</summary>
internal sealed class Cancellation(RunningSystem system, string name, byte[] segment, double segmentSeconds)
{
    private const double QuietCores = 0.15;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100), Limit = TimeSpan.FromSeconds(20);

    public async Task<CancellationMeasurements> RunAsync(int times, CancellationToken cancellationToken)
    {
        Measurements.Say($"{name}: {times} callers go away ...");
        var (random, processId) = (new Random(1), system.ProcessId(name));
        var (gone, quiet) = (new List<double>(), new List<double>());
        using var calls = new GatewayCalls<VideoClassifier.VideoClassifierClient>("video", system.Address(name));
        while (gone.Count < times)
        {
            using var caller = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var call = calls.OnceAsync(Questions.Segment(segment, segmentSeconds), caller.Token);
            await UntilAsync(() => RunningSystem.Jobs(processId) > 0 || call.IsCompleted, cancellationToken);
            await Task.Delay(random.Next(50, 400), cancellationToken);
            if (call.IsCompleted)
            {
                await call;
                throw new InvalidOperationException("The segment was done before its caller went away: send a longer one.");
            }

            await caller.CancelAsync();
            var start = Stopwatch.GetTimestamp();
            var stops = QuietAsync(processId, start, cancellationToken);
            await UntilAsync(() => RunningSystem.Jobs(processId) == 0, cancellationToken);
            gone.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            quiet.Add(await stops);
            await EndedAsync(call);
        }

        return new CancellationMeasurements(gone, quiet);
    }

    // The end of the last step in which it computed. A step of rest may lie between two of work, so it has to rest for three.
    private static async Task<double> QuietAsync(int processId, long start, CancellationToken cancellationToken)
    {
        var (last, rested, used) = (0.0, 0, RunningSystem.CoreSeconds(processId).Own);
        while (rested < 3)
        {
            await Task.Delay(Step, cancellationToken);
            var now = RunningSystem.CoreSeconds(processId).Own;
            var works = now - used > QuietCores * Step.TotalSeconds;
            (rested, used) = (works ? 0 : rested + 1, now);
            last = works ? Stopwatch.GetElapsedTime(start).TotalSeconds : last;
            ThrowIfNever(start);
        }

        return last;
    }

    private static async Task UntilAsync(Func<bool> isSo, CancellationToken cancellationToken)
    {
        for (var start = Stopwatch.GetTimestamp(); !isSo(); ThrowIfNever(start))
        {
            await Task.Delay(5, cancellationToken);
        }
    }

    private static void ThrowIfNever(long start)
    {
        if (Stopwatch.GetElapsedTime(start) > Limit)
        {
            throw new InvalidOperationException($"The replica goes on for {Limit.TotalSeconds:0} s after its caller has gone, or never began.");
        }
    }

    private static async Task EndedAsync(Task call)
    {
        try
        {
            await call;
        }
        catch (Exception gone) when (gone is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
        {
            // As it was meant.
        }
    }
}
