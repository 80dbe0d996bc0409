using System.Diagnostics;
using Grpc.Core;

namespace Emotion.ScaleBench.Measuring;

/// <summary>Three times as much as one process of a service can answer: what it answers then, how fast it says no, and how soon it is as before.</summary>
/// <param name="system">That runs.</param>
/// <param name="name">Of the process in AppHost.</param>
/// <param name="slots">Calls that it works on at once.</param>
/// <param name="waiting">That may wait there, beyond those.</param>
/// <param name="effort">How long.</param>
internal sealed class Overload<TClient>(RunningSystem system, string name, int slots, int waiting, Effort effort) where TClient : ClientBase
{
    private const double Times = 3, Recovered = 1.5;
    private const int InARow = 3, Attempts = 3;

    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromMinutes(2), Breath = TimeSpan.FromSeconds(2);

    /// <summary>Its peak is measured before and after, so that what drifts meanwhile counts half.</summary>
    /// <exception cref="InvalidOperationException">Nothing was refused, again and again: the machine is slower whenever the peak is measured.</exception>
    public async Task<OverloadMeasurements> RunAsync(Func<TClient, DateTime, CancellationToken, Task> question, CancellationToken cancellationToken)
    {
        using var calls = new GatewayCalls<TClient>("service", system.Address(name));
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            if (await TryAsync(token => calls.OnceAsync(question, token), cancellationToken) is { } measured)
            {
                return measured;
            }

            Measurements.Say($"{name}: nothing was refused, so the machine was slower while its peak was measured. Again ...");
        }

        throw new InvalidOperationException($"{name}: no overload in {Attempts} tries. Try again when the machine has nothing else to do.");
    }

    /// <returns>Null where it was no overload.</returns>
    private async Task<OverloadMeasurements?> TryAsync(Func<CancellationToken, Task> ask, CancellationToken cancellationToken)
    {
        Measurements.Say($"{name}: one caller, {effort.Alone.TotalSeconds:0} s; {slots} callers, as long; then many, {effort.Peak.TotalSeconds:0} s ...");
        var unloaded = await ClosedLoop.RunAsync(1, effort.WarmUp, effort.Alone, ask, cancellationToken);
        var roundTrip = await RoundTrip.MedianAsync(system.Address(name), cancellationToken);
        var busy = await ClosedLoop.RunAsync(slots, effort.WarmUp, effort.Alone, ask, cancellationToken);
        var callers = slots + (waiting / 2);
        var peak = await ClosedLoop.RunAsync(callers, effort.WarmUp, effort.Peak, ask, cancellationToken);
        await Task.Delay(Breath, cancellationToken);

        // Until its queue is full it takes in more than it answers: as long again at the least is looked at.
        var full = (slots + waiting) / peak.PerSecond;
        var seconds = Math.Max(effort.Overload.TotalSeconds, 2 * full);
        Measurements.Say($"{name}: {Times:0} times its peak of {peak.PerSecond:0.0}/s, {seconds:0} s ...");
        var before = system.Memory(name);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = HighestMemoryAsync(over.Token);
        var all = await OpenLoop.RunAsync(Times * peak.PerSecond, TimeSpan.FromSeconds(seconds), ask, cancellationToken);
        var recovery = await RecoveryAsync(Recovered * unloaded.Percentile(0.5), ask, cancellationToken);
        await over.CancelAsync();
        var highest = await watching;

        var answered = all.Where(call => call.Outcome == OpenOutcome.Answered && call.Ended >= full && call.Ended <= seconds).ToList();
        var refusals = all.Where(call => call.Outcome is OpenOutcome.Refused or OpenOutcome.RefusedWithoutHint).Select(call => 1000 * call.Latency).Order().ToList();
        if (answered.Count == 0 || refusals.Count == 0)
        {
            return null;
        }

        var memory = system.Memory(name);
        var again = await ClosedLoop.RunAsync(callers, effort.WarmUp, effort.Peak, ask, cancellationToken);
        // What it had taken in is answered after the last call came, before anybody looks whether it is as before.
        var drain = all.Max(call => call.Ended) - seconds;
        Measurements.Say(
            $"{name}: {answered.Count / (seconds - full):0.0}/s answered, {refusals.Count} refused within {Percentiles.Of(refusals, 0.95):0.0} ms (p95), as before after {Math.Max(0, drain) + recovery:0.0} s");
        return new OverloadMeasurements(
            slots, waiting, callers, (peak.PerSecond + again.PerSecond) / 2, peak.Latencies.Count + again.Latencies.Count, unloaded.Percentile(0.5), unloaded.Latencies.Count, busy.Latencies, roundTrip,
            Times * peak.PerSecond, answered.Count / (seconds - full), answered.Count,
            Percentiles.Of([.. answered.Select(call => call.Latency).Order()], 0.5),
            all.Count(call => call.Outcome == OpenOutcome.Refused), all.Count(call => call.Outcome == OpenOutcome.RefusedWithoutHint),
            all.Count(call => call.Outcome == OpenOutcome.Failed), Percentiles.Of(refusals, 0.5), Percentiles.Of(refusals, 0.95),
            before, highest, memory, Math.Max(0, drain) + recovery);
    }

    private async Task<double> HighestMemoryAsync(CancellationToken over)
    {
        var highest = 0.0;
        while (!over.IsCancellationRequested)
        {
            highest = Math.Max(highest, system.Memory(name));
            await Task.Delay(200, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return highest;
    }

    /// <returns>Seconds until the first of some calls in a row that are as fast as before.</returns>
    private static async Task<double> RecoveryAsync(double within, Func<CancellationToken, Task> ask, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var (fast, since) = (0, 0.0);
        while (fast < InARow)
        {
            var asked = Stopwatch.GetElapsedTime(start);
            if (asked > RecoveryLimit)
            {
                throw new InvalidOperationException($"After {RecoveryLimit} one call still takes longer than {within:0.00} s.");
            }

            await ask(cancellationToken);
            var ended = Stopwatch.GetElapsedTime(start);
            fast = (ended - asked).TotalSeconds <= within ? fast + 1 : 0;
            since = fast == 1 ? ended.TotalSeconds : since;
        }

        return since;
    }
}
