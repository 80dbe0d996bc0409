using System.Diagnostics;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Releases;
using Emotion.SystemBench;

namespace Emotion.RolloutBench;

internal sealed record ProofPlan(
    FileInfo Host, FileInfo[] Clips, int Requests, int Swaps, int Flips, int Lives, double Rate, FileInfo Output, FileInfo Plot)
{
    /// <summary>Each is steady for a while, then swaps, then promotes and rolls back: both kinds of time are the same minutes of the same machine.</summary>
    public int Blocks => Math.Clamp(Swaps / 2, 1, 10);

    public TimeSpan SteadyOfABlock => TimeSpan.FromSeconds(0.25 * Requests / Rate / Blocks);

    /// <summary>Processes grow while they are young, whatever is asked of them: swaps before memory is looked at.</summary>
    public int WarmSwaps => Math.Clamp(Swaps / 10, 2, 10);

    public int WarmRequests => Requests / 20;

    /// <summary>So that memory is looked at after twice as many swaps as there were under load; a rollback is one, too.</summary>
    public int SwapsWithoutLoad => Math.Max(1, Swaps - Blocks);
}

/// <summary>The proof in its order: warm up, load with swaps and a registry that goes away, memory, byte flips, identical canaries, a bad canary.</summary>
internal static class RolloutProof
{
    private const double AllowedSlowing = 1.5, AllowedGrowth = 1.05;
    private const int AllowedFalseRollbacks = 2, SamplesThatCount = 500;

    private static readonly TimeSpan RegistrySettles = TimeSpan.FromSeconds(6), RegistrySilent = TimeSpan.FromSeconds(5);

    /// <summary>Before memory is looked at: hosts collect what models left at most every 10 s.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(15);

    public static async Task<int> RunAsync(ProofPlan plan, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        void Say(string line) => Console.WriteLine($"{watch.Elapsed:mm\\:ss} {line}");

        Say("starting the system");
        await using var system = await RolloutSystem.StartAsync(plan.Host, cancellationToken);
        var set = new ReleaseSet("models", Directory.CreateDirectory(Path.Combine(system.Folder, "releases")).FullName);
        try
        {
            return await RunAsync(plan, system, set, Say, cancellationToken);
        }
        finally
        {
            foreach (var made in set.Made.Select(version => Path.Combine(RolloutSystem.Cache, version)).Where(Directory.Exists))
            {
                Directory.Delete(made, recursive: true);
            }
        }
    }

    private static async Task<int> RunAsync(ProofPlan plan, RolloutSystem system, ReleaseSet set, Action<string> say, CancellationToken cancellationToken)
    {
        say("making releases");
        var registry = system.Registry();
        var publisher = new ReleasePublisher(registry);
        var stable = await ReleasePublisher.ReadReleaseAsync("models", cancellationToken);
        ReleaseManifest[] made =
        [
            await set.MakeAsync("proof-b", 1, cancellationToken), await set.MakeAsync("proof-c", -1, cancellationToken), await set.MakeBadAsync("proof-bad", cancellationToken),
        ];
        foreach (var release in made)
        {
            await publisher.PublishReleaseAsync(set.FolderOf(release), ReleasePublisher.Untried, cancellationToken);
        }

        var clips = new List<ClipInput>();
        foreach (var clip in plan.Clips)
        {
            clips.Add(await ClipInput.ReadAsync(clip, system.Folder, cancellationToken));
        }

        await using var gateway = await GatewaySide.StartAsync(system, cancellationToken);
        var ledger = new LoadLedger();
        using var driver = new SwapDriver(system, gateway, stable.Release, made[0].Release, made[1].Release);
        var releases = made.Append(stable).ToDictionary(release => release.Release);
        var load = new LoadGenerator(gateway, releases, clips, ledger);

        gateway.UnderWay = () => load.UnderWay;
        say($"warming up: {plan.WarmRequests} requests, {plan.WarmSwaps} swaps");
        await load.RunAsync(plan.WarmRequests, plan.Rate, SwapAsync(driver, plan.WarmSwaps, cancellationToken), cancellationToken);
        await Task.Delay(Idle, cancellationToken);
        var before = system.Memory();
        var warm = driver.Swaps;

        say($"{plan.Requests} requests, {plan.Swaps} swaps, {plan.Blocks} promotions and rollbacks");
        var answeredWithoutRegistry = 0;
        var moving = MoveAsync();
        var telling = TellAsync(moving);
        await load.RunAsync(plan.Requests, plan.Rate, moving, cancellationToken);
        answeredWithoutRegistry = await moving;
        await telling;
        await Task.Delay(Idle, cancellationToken);
        var underLoad = (Swaps: driver.Swaps - warm, Memory: system.Memory());

        say($"{plan.SwapsWithoutLoad} swaps more without load; {plan.Flips} byte flips; {plan.Lives} canaries that are no different");
        var lives = Task.Run(() => IdenticalCanaries.Run(plan.Lives, cancellationToken), cancellationToken);
        var flips = ByteFlips.RunAsync(system, plan.Flips, cancellationToken);
        await SwapAsync(driver, plan.SwapsWithoutLoad, cancellationToken);
        var (falseRollbacks, refused) = (await lives, await flips);
        await Task.Delay(Idle, cancellationToken);
        var after = system.Memory();

        say("a bad canary");
        await registry.PromoteAsync(ChannelManifest.Canary, made[0].Release, 0, "proof", "no canary", cancellationToken);
        var life = await BadCanary.RunAsync(system, releases, made[2], clips, cancellationToken);
        plan.Plot.Directory!.Create();
        await File.WriteAllTextAsync(plan.Plot.FullName, RolloutPlot.Draw(life), cancellationToken);

        string[] timed = [.. ledger.ByService.Keys.Where(service => ledger.Samples(Phase.Steady, service) >= SamplesThatCount && ledger.Samples(Phase.Swapping, service) >= SamplesThatCount)];
        double? Ratio(string? service) => ledger.Percentile(0.99, Phase.Swapping, service) / ledger.Percentile(0.99, Phase.Steady, service) is { } ratio ? Math.Round(ratio, 3) : null;
        var slowing = timed.Select(service => Ratio(service)).DefaultIfEmpty(Ratio(null)).Max();
        var growth = Growth(before, after);
        var incoherent = ledger.Incoherent + life.Answers.Count(answer => !answer.IsCoherent);
        string[] alike =
        [
            .. ledger.Alike(stable.Release, made[0].Release), .. ledger.Alike(stable.Release, made[1].Release), .. ledger.Alike(made[0].Release, made[1].Release),
        ];
        var failed = ledger.Failed + life.Answers.Count(answer => answer.Failed);
        await RunRecord.WriteAsync(
            plan.Output,
            $"./emotion prove rollout{(plan.Requests == 100_000 && plan.Swaps == 100 ? "" : $" --requests {plan.Requests} --swaps {plan.Swaps}")}",
            new
            {
                requests = ledger.Requests,
                requests_by_service = ledger.ByService,
                failed,
                failed_tries = ledger.BrokenTries,
                swaps = underLoad.Swaps,
                promotions = driver.Promotions,
                rollbacks = driver.Rollbacks,
                incoherent,
                answered_alike_by_two_releases = alike.Length,
                answered_alike = alike,
                p99_ratio = slowing,
                p99_ratio_all = Ratio(null),
                p99_ratio_by_service = ledger.ByService.Keys.ToDictionary(service => service, service => Ratio(service)),
                p99_ratio_of_services = timed,
                latency_ms = ledger.ByService.Keys.ToDictionary(service => service, service => new[] { Phase.Steady, Phase.Swapping }.ToDictionary(
                    phase => phase.ToString().ToLowerInvariant(),
                    phase => new
                    {
                        n = ledger.Samples(phase, service),
                        p50 = ledger.Percentile(0.5, phase, service),
                        p99 = ledger.Percentile(0.99, phase, service),
                    })),
                rss_ratio = growth,
                rss_ratio_under_load = Growth(before, underLoad.Memory),
                rss_swaps = driver.Swaps - warm,
                rss_swaps_before = warm,
                rss_mb_before = Rounded(before),
                rss_mb_after = Rounded(after),
                answered_while_registry_was_away = answeredWithoutRegistry,
                registry_away_s = RegistrySilent.TotalSeconds,
                flips_tried = plan.Flips,
                flips_refused = refused,
                canary_rollback_s = life.RolledBackAfter is { } seconds ? Math.Round(seconds, 2) : (double?)null,
                canary_rollback_requests = life.Answers.Count(answer => answer.IsCanary),
                canary_rule = life.Rule,
                canary_why = life.Why,
                canary_answers = life.Answers.GroupBy(answer => answer.IsCanary ? "canary" : "stable").ToDictionary(
                    side => side.Key, side => side.CountBy(answer => answer.Failed ? "failed" : answer.Prediction ?? "none").ToDictionary()),
                false_rollbacks = falseRollbacks,
                false_rollbacks_of = plan.Lives,
                false_rollbacks_kind = "simulated: drawn outcomes through the gateway's own router and judge",
                rate_per_s = plan.Rate,
                clips = clips.Select(clip => clip.Name),
                graphs_rebuilt = ReleaseSet.Rebuilt,
                settings = RolloutSystem.Configured,
                reasons = ledger.Reasons,
            },
            cancellationToken);
        say($"failed {failed}, incoherent {incoherent}, p99 x{slowing}, memory x{growth}, flips {refused}/{plan.Flips}, rolled back after {life.RolledBackAfter:0.0} s, false {falseRollbacks}");
        return failed == 0 && incoherent == 0 && alike.Length == 0 && slowing <= AllowedSlowing && growth <= AllowedGrowth && refused == plan.Flips
            && answeredWithoutRegistry > 0 && life.RolledBackAfter is not null && falseRollbacks <= AllowedFalseRollbacks ? 0 : 1;

        async Task<int> MoveAsync()
        {
            var answered = 0;
            for (var block = 0; block < plan.Blocks; block++)
            {
                ledger.Phase = Phase.Steady;
                await Task.Delay(plan.SteadyOfABlock, cancellationToken);
                ledger.Phase = Phase.Swapping;
                await SwapAsync(driver, plan.Swaps * (block + 1) / plan.Blocks - plan.Swaps * block / plan.Blocks, cancellationToken);
                await driver.PromoteAndRollBackAsync(cancellationToken);
                if (block == plan.Blocks / 2)
                {
                    ledger.Phase = Phase.Warm;
                    answered = await driver.CutRegistryOffAsync(RegistrySettles, RegistrySilent, ledger, cancellationToken);
                }
            }

            return answered;
        }

        async Task TellAsync(Task until)
        {
            while (await Task.WhenAny(until, Task.Delay(TimeSpan.FromSeconds(15), cancellationToken)) != until)
            {
                say($"  {ledger.Requests} requests, {driver.Swaps - warm} swaps, failed {ledger.Failed}, incoherent {ledger.Incoherent}, tries that failed {ledger.BrokenTries.Values.Sum()}");
            }
        }
    }

    private static async Task SwapAsync(SwapDriver driver, int swaps, CancellationToken cancellationToken)
    {
        for (var i = 0; i < swaps; i++)
        {
            await driver.SwapAsync(cancellationToken);
        }
    }

    /// <summary>Of the service that grew most.</summary>
    private static double Growth(SortedDictionary<string, double> before, SortedDictionary<string, double> after) =>
        Math.Round(after.Max(service => service.Value / before[service.Key]), 3);

    private static Dictionary<string, double> Rounded(SortedDictionary<string, double> memory) => memory.ToDictionary(service => service.Key, service => Math.Round(service.Value, 1));
}
