using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Emotion.Gateway;

/// <summary>What the gateway tells of itself.</summary>
public static class GatewayInstruments
{
    public const string Name = "Emotion.Gateway";

    public static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);

    /// <summary>Tag <c>stage</c>.</summary>
    public static readonly Histogram<double> StageSeconds =
        Meter.CreateHistogram<double>("emotion.gateway.stage.duration", "s", "How long a stage of an analysis took.");

    public static readonly Histogram<double> AcceptanceSeconds = Meter.CreateHistogram<double>(
        "emotion.gateway.acceptance.duration", "s", "From the last byte of a clip until its analysis is written down.");

    /// <summary>Tag <c>outcome</c>: done, or the reason of the refusal.</summary>
    public static readonly Counter<long> Analyses =
        Meter.CreateCounter<long>("emotion.gateway.analyses", "{analysis}", "Analyses that ended.");

    /// <summary>Tags <c>prediction</c>, <c>status</c>: certain, uncertain, none.</summary>
    public static readonly Counter<long> Predictions =
        Meter.CreateCounter<long>("emotion.gateway.predictions", "{analysis}", "Answers by what they say: a shift of them is a shift of clips, or of models.");

    public static readonly UpDownCounter<long> Running =
        Meter.CreateUpDownCounter<long>("emotion.gateway.running", "{analysis}", "Analyses that this gateway works on.");

    /// <summary>Tags <c>reason</c>, <c>status</c>.</summary>
    public static readonly Counter<long> Refusals =
        Meter.CreateCounter<long>("emotion.gateway.refusals", "{request}", "Requests that were refused.");

    /// <summary>Tag <c>outcome</c>: delivered, failed (tried again later), dead.</summary>
    public static readonly Counter<long> Deliveries =
        Meter.CreateCounter<long>("emotion.gateway.deliveries", "{try}", "Tries to tell the receivers of callbacks.");

    public static readonly Histogram<double> DeliverySeconds =
        Meter.CreateHistogram<double>("emotion.gateway.delivery.duration", "s", "How long a try to tell the receiver of a callback took.");

    /// <summary>Tag <c>client</c>.</summary>
    public static readonly Counter<long> Retries =
        Meter.CreateCounter<long>("emotion.gateway.retries", "{call}", "Calls that were sent again, to another replica.");

    /// <summary>Above zero, a release is not coherent: see docs/operations.md.</summary>
    public static readonly Counter<long> Fallbacks =
        Meter.CreateCounter<long>("emotion.gateway.fallbacks", "{analysis}", "Analyses that were fused without fusion's network.");

    /// <summary>Tags <c>release</c>, <c>arm</c>: stable, canary, pinned.</summary>
    public static readonly Counter<long> Routed =
        Meter.CreateCounter<long>("emotion.gateway.routed", "{analysis}", "Analyses by the release that was chosen for them.");

    public static readonly Gauge<double> CanaryShare =
        Meter.CreateGauge<double>("emotion.gateway.canary.share", "1", "Share of the requests that the canary gets here.");

    /// <summary>Tags <c>arm</c>, <c>outcome</c>: answered, failed.</summary>
    public static readonly Counter<long> CanaryOutcomes =
        Meter.CreateCounter<long>("emotion.gateway.canary.outcomes", "{analysis}", "Analyses that count for or against a canary.");

    public static readonly Gauge<double> CanaryErrorIncrease =
        Meter.CreateGauge<double>("emotion.gateway.canary.error_increase", "1", "Share of the canary's latest requests that failed, less stable's.");

    public static readonly Gauge<double> CanaryLatencyRatio =
        Meter.CreateGauge<double>("emotion.gateway.canary.latency_ratio", "1", "Median time for a second of clip, as a multiple of stable's.");

    public static readonly Gauge<double> CanaryShift =
        Meter.CreateGauge<double>("emotion.gateway.canary.shift", "1", "Population stability index of the canary's latest predictions against stable's.");

    /// <summary>Tag <c>rule</c>: errors, latency, shift.</summary>
    public static readonly Counter<long> CanaryRollbacks =
        Meter.CreateCounter<long>("emotion.gateway.canary.rollbacks", "{rollback}", "Canaries that this gateway rolled back.");

    /// <summary>Tags <c>release</c>, <c>outcome</c>: agreed, differed, failed, dropped.</summary>
    public static readonly Counter<long> ShadowComparisons =
        Meter.CreateCounter<long>("emotion.gateway.shadow.comparisons", "{analysis}", "Copies that were given to the shadow.");

    /// <summary>Tag <c>release</c>.</summary>
    public static readonly Histogram<double> ShadowDivergence =
        Meter.CreateHistogram<double>("emotion.gateway.shadow.divergence", "1", "Jensen-Shannon divergence of the shadow's posterior from stable's.");
}
