using System.Collections.Concurrent;
using System.Diagnostics;
using Emotion.ServiceDefaults;
using Grpc.Core;

namespace Emotion.ScaleBench.Measuring;

/// <summary>Calls that come whether or not others are answered, at random moments (a Poisson process, its draws seeded), each tried once.</summary>
internal static class OpenLoop
{
    /// <returns>Every call, once all have ended.</returns>
    public static async Task<IReadOnlyList<OpenCall>> RunAsync(double perSecond, TimeSpan time, Func<CancellationToken, Task> ask, CancellationToken cancellationToken)
    {
        var (random, calls, underWay, failures) = (new Random(1), new ConcurrentBag<OpenCall>(), new List<Task>(), 0);
        var start = Stopwatch.GetTimestamp();
        for (var at = 0.0; (at -= Math.Log(1 - random.NextDouble()) / perSecond) < time.TotalSeconds;)
        {
            var early = TimeSpan.FromSeconds(at) - Stopwatch.GetElapsedTime(start);
            if (early > TimeSpan.Zero)
            {
                await Task.Delay(early, cancellationToken);
            }

            underWay.Add(Task.Run(AskAsync, cancellationToken));
        }

        await Task.WhenAll(underWay);
        return [.. calls.OrderBy(call => call.Asked)];

        async Task AskAsync()
        {
            var asked = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var outcome = OpenOutcome.Answered;
            try
            {
                await ask(cancellationToken);
            }
            catch (RpcException refused) when (refused.StatusCode == StatusCode.ResourceExhausted)
            {
                outcome = RetryHint.IsGiven(refused) ? OpenOutcome.Refused : OpenOutcome.RefusedWithoutHint;
            }
            catch (RpcException failure) when (!cancellationToken.IsCancellationRequested)
            {
                outcome = OpenOutcome.Failed;
                if (Interlocked.Increment(ref failures) == 1)
                {
                    Measurements.Say($"A call failed, others of its kind are counted alone: {failure.StatusCode}, {failure.Status.Detail}");
                }
            }

            calls.Add(new OpenCall(asked, Stopwatch.GetElapsedTime(start).TotalSeconds, outcome));
        }
    }
}
