using System.Diagnostics;
using Emotion.Client;

namespace Emotion.SystemBench.Gateway;

/// <summary>
/// Fifty clients at one gateway for ten minutes, with the real services behind it: every answer is counted and timed, and the gateway's memory is looked at
/// all the while. Analyses fill the machine; the API has to answer beside them.
/// </summary>
internal static class GatewayLoad
{
    private const int Clients = 50, ClientsOfAKey = 5, AnalysesOfAKey = 4;
    private const double AllowedMilliseconds = 50, AllowedGrowth = 0.05;

    /// <summary>A process grows while it is young, whatever is asked of it: of ten minutes eight count.</summary>
    private const double YoungShare = 0.2;

    /// <summary>A process that was just started compiles its code when it is asked for the first time, and again when it was often asked; answers are counted, times are not.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan SampleEvery = TimeSpan.FromSeconds(5), TellEvery = TimeSpan.FromSeconds(30), Tick = TimeSpan.FromMilliseconds(20);

    public static async Task<int> RunAsync(Uri gateway, FileInfo demo, double minutes, FileInfo state, FileInfo output, string command, CancellationToken cancellationToken)
    {
        var clips = await LoadClips.MakeAsync(demo, cancellationToken);
        var keys = await MakeKeysAsync(gateway, cancellationToken);
        var (warm, ledger, delays, memory) = (new AnswerLedger(), new AnswerLedger(), new AnswerLedger(), new GatewayMemory(state));
        var samples = new List<MemorySample>();
        var young = memory.Now;
        Console.WriteLine($"  {WarmUp.TotalSeconds:0} s to warm up, then {minutes} minutes");
        await SendAsync(gateway, keys, clips, warm, WarmUp, _ => [], cancellationToken);
        await SendAsync(
            gateway, keys, clips, ledger, TimeSpan.FromMinutes(minutes), over => [SampleAsync(memory, ledger, samples, over), TickAsync(delays, over)], cancellationToken);
        await CancelRestAsync(gateway, cancellationToken);
        var grown = MemoryTrend.Of([.. samples.Where(sample => sample.Minute >= YoungShare * minutes)]);
        var p95 = ledger.Percentile(0.95);
        var accepted = new[] { "POST body", "POST form", "POST pieces" }.ToDictionary(route => route, route => ledger.Percentile(0.95, route));
        var errors = warm.ErrorCount + ledger.ErrorCount;
        var passed = errors == 0 && p95 <= AllowedMilliseconds && accepted.Values.All(one => one <= AllowedMilliseconds) && grown.Growth <= AllowedGrowth;
        await RunRecord.WriteAsync(
            output,
            command,
            new
            {
                passed,
                minutes,
                clients = Clients,
                keys = keys.Count,
                n = ledger.Requests,
                warm_up_s = WarmUp.TotalSeconds,
                warm_up_requests = warm.Requests,
                errors,
                errors_by_route = warm.Errors.Concat(ledger.Errors).GroupBy(error => error.Key).ToDictionary(error => error.Key, error => error.Sum(one => one.Value)),
                api_p95_ms = p95,
                api_p99_ms = ledger.Percentile(0.99),
                accepted_p95_ms_after_last_byte = accepted,
                generator_delay_p95_ms = delays.Percentile(0.95),
                rss_mb_before_warm_up = Math.Round(young, 1),
                rss_slope = grown.MegabytesPerMinute,
                rss_slope_percent_per_1000_requests = grown.PercentPer1000Requests,
                rss_growth_percent = Math.Round(100 * grown.Growth, 2),
                answers_by_status = ledger.Statuses,
                provoked = ledger.Provoked,
                analyses = ledger.Outcomes,
                latency = ledger.ByRoute(),
                clips = clips.Select(clip => $"{clip.Name}, {clip.Bytes.Length / 1024} KB"),
                rss_mb = samples.Select(sample => new[] { Math.Round(sample.Minute, 2), Math.Round(sample.Megabytes, 1) }),
            },
            cancellationToken);
        return passed ? 0 : 1;
    }

    private static async Task SendAsync(
        Uri gateway, IReadOnlyList<string> keys, IReadOnlyList<LoadClip> clips, AnswerLedger ledger, TimeSpan time, Func<CancellationToken, Task[]> beside,
        CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        over.CancelAfter(time);
        var clients = Enumerable.Range(0, Clients).Select(number => new LoadClient(gateway, keys[number / ClientsOfAKey], number, clips, ledger)).ToList();
        try
        {
            await Task.WhenAll([.. clients.Select(client => client.RunAsync(over.Token)), .. beside(over.Token)]);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>What the last clients did not wait for, so that whoever comes next need not.</summary>
    private static async Task CancelRestAsync(Uri gateway, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = gateway };
        var client = new EmotionClient(http, new EmotionClientOptions { Key = EmotionKey.Find(null, gateway) });
        foreach (var state in (AnalysisState[])[AnalysisState.Queued, AnalysisState.Running])
        {
            foreach (var left in await client.ListAsync(state, cancellationToken).ToListAsync(cancellationToken))
            {
                try
                {
                    await client.CancelAsync(left.Id, cancellationToken);
                }
                catch (AnalysisRefusedException)
                {
                    // It has ended in the meantime.
                }
            }
        }
    }

    /// <summary>So that none has more under way than it may: who asks for more is told 429.</summary>
    private static async Task<IReadOnlyList<string>> MakeKeysAsync(Uri gateway, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = gateway };
        var client = new EmotionClient(http, new EmotionClientOptions { Key = EmotionKey.Find(null, gateway) });
        var keys = new List<string>();
        for (var number = 0; number < Clients / ClientsOfAKey; number++)
        {
            var made = await client.CreateKeyAsync(
                new NewKey
                {
                    Name = $"load {number}",
                    Scopes = [KeyScope.Analyse, KeyScope.Read],
                    IntendedUse = new IntendedUse("development", "Load on a gateway of one's own."),
                    Limits = new KeyLimits { ConcurrentAnalyses = AnalysesOfAKey },
                },
                cancellationToken);
            keys.Add(made.Secret);
        }

        return keys;
    }

    private static async Task SampleAsync(GatewayMemory memory, AnswerLedger ledger, List<MemorySample> samples, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var told = TimeSpan.Zero;
        using var timer = new PeriodicTimer(SampleEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                samples.Add(new MemorySample(watch.Elapsed.TotalMinutes, memory.Now, ledger.Requests));
                if (watch.Elapsed - told >= TellEvery)
                {
                    told = watch.Elapsed;
                    Console.WriteLine(
                        $"  {watch.Elapsed:mm\\:ss} {ledger.Requests} requests, {ledger.ErrorCount} errors, p95 {ledger.Percentile(0.95)} ms, {samples[^1].Megabytes:0} MB, analyses: {string.Join(", ", ledger.Outcomes.Select(one => $"{one.Value} {one.Key}"))}");
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The time is over.
        }
    }

    /// <summary>How late the load itself wakes up: what it takes for the gateway's time is so much too long at times.</summary>
    private static async Task TickAsync(AnswerLedger delays, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var begun = Stopwatch.GetTimestamp();
                await Task.Delay(Tick, cancellationToken);
                delays.Add("tick", 200, (Stopwatch.GetElapsedTime(begun) - Tick).TotalMilliseconds, false, "");
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The time is over.
        }
    }
}
