using System.Collections.Concurrent;
using System.Diagnostics;

namespace Emotion.ScaleBench.Measuring;

/// <summary>So many callers, each asking again as soon as it was answered, once that has gone on for a while.</summary>
/// <param name="PerSecond">Answers a second, from the first one that counts to the last.</param>
/// <param name="Latencies">Seconds, in order of size.</param>
internal sealed record ClosedLoop(double PerSecond, IReadOnlyList<double> Latencies)
{
    private const int AtLeast = 5, TimesLonger = 10;

    public double Percentile(double share) => Percentiles.Of(Latencies, share);

    /// <summary>For as long as it is said, or, on a machine that is busy with something else, until enough was answered to tell anything.</summary>
    /// <exception cref="InvalidOperationException">It was not in ten times as long.</exception>
    public static async Task<ClosedLoop> RunAsync(
        int callers, TimeSpan warmUp, TimeSpan time, Func<CancellationToken, Task> ask, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answers = new ConcurrentBag<(double At, double Latency)>();
        var start = Stopwatch.GetTimestamp();
        var asking = Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(AskAsync, CancellationToken.None)));
        List<(double At, double Latency)> Counted() => [.. answers.Where(answer => answer.At >= warmUp.TotalSeconds).OrderBy(answer => answer.At)];
        for (var slice = 0; slice < TimesLonger && !asking.IsCompleted && (slice == 0 || Counted().Count < AtLeast); slice++)
        {
            await Task.WhenAny(asking, Task.Delay(slice == 0 ? warmUp + time : time, cancellationToken));
        }

        await over.CancelAsync();
        await asking;
        cancellationToken.ThrowIfCancellationRequested();

        var counted = Counted();
        return counted.Count >= AtLeast
            ? new ClosedLoop((counted.Count - 1) / (counted[^1].At - counted[0].At), [.. counted.Select(answer => answer.Latency).Order()])
            : throw new InvalidOperationException($"Within {TimesLonger * time.TotalSeconds:0} s {counted.Count} calls were answered: too few to tell anything. Try again when the machine has less to do.");

        async Task AskAsync()
        {
            try
            {
                while (true)
                {
                    var asked = Stopwatch.GetTimestamp();
                    await ask(over.Token);
                    answers.Add((Stopwatch.GetElapsedTime(start).TotalSeconds, Stopwatch.GetElapsedTime(asked).TotalSeconds));
                }
            }
            catch (Exception) when (over.IsCancellationRequested)
            {
                // What was under way at the end counts for nothing.
            }
        }
    }
}
