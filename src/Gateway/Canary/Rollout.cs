using Emotion.Gateway.Jobs;
using Emotion.ModelRegistry.Releases;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Canary;

/// <summary>
/// What is tried out on this gateway: the canary with what speaks for and against it, and the shadow. A canary that is condemned gets no
/// request from that moment on, whether the registry knows yet or not. Thread-safe.
/// </summary>
public sealed partial class Rollout(IOptions<CanaryOptions> options, ILogger<Rollout> logger)
{
    private readonly CanaryOptions _options = options.Value;
    private readonly Lock _lock = new();
    private readonly Queue<CanaryOutcome> _stable = new();
    private readonly SemaphoreSlim _decided = new(0);
    private ChannelPlan? _asked;
    private ChannelPlan? _canary;
    private ChannelPlan? _shadow;
    private ChannelHalt? _halt;
    private CanaryWatch? _watch;
    private long _observed;

    /// <summary>Null where none gets requests.</summary>
    public ChannelPlan? Canary => Volatile.Read(ref _canary);

    /// <summary>Null where none gets copies.</summary>
    public ChannelPlan? Shadow => Volatile.Read(ref _shadow);

    /// <summary>The rollback that the registry is to be told; null where there is none. It stands until the channel is another one.</summary>
    public ChannelHalt? Halt => Volatile.Read(ref _halt);

    /// <summary>What the channels ask for now; null for one that asks for nothing.</summary>
    public void Follow(ChannelPlan? canary, ChannelPlan? shadow)
    {
        Volatile.Write(ref _shadow, shadow);
        lock (_lock)
        {
            if (canary == _asked)
            {
                return;
            }

            _asked = canary;
            Volatile.Write(ref _halt, null);
            Volatile.Write(ref _canary, canary);
            _watch = canary is null ? null : new CanaryWatch(_options, [.. _stable]);
        }

        GatewayInstruments.CanaryShare.Record(canary?.Share ?? 0);
        if (canary is null)
        {
            LogNone();
        }
        else
        {
            LogFollowed(canary.Release, canary.Share, canary.Generation);
        }
    }

    /// <summary>Takes the end of an analysis as evidence, where it is one.</summary>
    public void Observe(ReleaseRoute route, AnalysisOutcome outcome)
    {
        if (route.Arm == Arm.Pinned)
        {
            return;
        }

        CanaryLook? look;
        lock (_lock)
        {
            if (CanaryEvidence.Of(outcome, route.Client, ++_observed) is not { } evidence)
            {
                return;
            }

            GatewayInstruments.CanaryOutcomes.Add(
                1, new("arm", route.Arm == Arm.Canary ? "canary" : "stable"), new("outcome", evidence.Failed ? "failed" : "answered"));
            look = Take(route, evidence);
        }

        if (look is not null)
        {
            Report(route, look);
        }
    }

    /// <summary>Until a canary is condemned, or this time is over.</summary>
    public Task<bool> WaitForDecisionAsync(TimeSpan longest, CancellationToken cancellationToken) => _decided.WaitAsync(longest, cancellationToken);

    private CanaryLook? Take(ReleaseRoute route, CanaryOutcome evidence)
    {
        // What was chosen under another plan began at another time: it would come late on one side only.
        var isWatched = _watch is not null && _canary is not null && route.Generation == _canary.Generation;
        if (route.Arm == Arm.Canary)
        {
            var look = isWatched ? _watch!.Add(evidence) : null;
            if (look?.Verdict is { } verdict && _options.AutomaticRollback)
            {
                Volatile.Write(ref _halt, new ChannelHalt(
                    ChannelManifest.Canary, route.Generation, verdict.Rule, $"gateway {_options.Name}", $"{verdict.Rule}: {verdict.Why}"));
                Volatile.Write(ref _canary, null);
            }

            return look;
        }

        _stable.Enqueue(evidence);
        if (_stable.Count > _options.StableKept)
        {
            _stable.Dequeue();
        }

        if (isWatched)
        {
            _watch!.AddStable(evidence);
        }

        return null;
    }

    private void Report(ReleaseRoute route, CanaryLook look)
    {
        GatewayInstruments.CanaryErrorIncrease.Record(look.ErrorIncrease);
        GatewayInstruments.CanaryLatencyRatio.Record(look.LatencyRatio);
        GatewayInstruments.CanaryShift.Record(look.Shift);
        LogLook(route.Release.Name, look.ErrorIncrease, look.LatencyRatio, look.Shift);
        if (look.Verdict is not { } verdict)
        {
            return;
        }

        if (!_options.AutomaticRollback)
        {
            LogWouldRollBack(route.Release.Name, verdict.Rule, verdict.Why);
            return;
        }

        GatewayInstruments.CanaryRollbacks.Add(1, new KeyValuePair<string, object?>("rule", verdict.Rule));
        GatewayInstruments.CanaryShare.Record(0);
        LogRolledBack(route.Release.Name, verdict.Rule, verdict.Why);
        _decided.Release();
    }

    [LoggerMessage(LogLevel.Information, "No canary gets requests")]
    private partial void LogNone();

    [LoggerMessage(LogLevel.Information, "The canary {Release} gets {Share:P2} of the requests (generation {Generation})")]
    private partial void LogFollowed(string release, double share, long generation);

    [LoggerMessage(LogLevel.Information, "Looked at the canary {Release}: errors {ErrorIncrease:+0.000;-0.000}, latency {LatencyRatio:0.00} times, shift {Shift:0.00}")]
    private partial void LogLook(string release, double errorIncrease, double latencyRatio, double shift);

    [LoggerMessage(LogLevel.Error, "The canary {Release} gets no requests any more, for {Rule}: {Why}")]
    private partial void LogRolledBack(string release, string rule, string why);

    [LoggerMessage(LogLevel.Warning, "The canary {Release} would be rolled back for {Rule}, if Gateway:Canary:AutomaticRollback were on: {Why}")]
    private partial void LogWouldRollBack(string release, string rule, string why);
}
