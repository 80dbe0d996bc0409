using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Emotion.Gateway.Analyses;
using Emotion.Gateway.Api;
using Emotion.Gateway.Canary;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Keys;
using Emotion.Gateway.Limits;

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

    /// <summary>
    /// Tags <c>modality</c>, <c>status</c>, <c>reason</c>: of those that failed, the word that the reason in the answer begins with; else empty.
    /// </summary>
    public static readonly Counter<long> Modalities =
        Meter.CreateCounter<long>("emotion.gateway.modalities", "{modality}", "Modalities of analyses that were answered, by how they fared.");

    /// <summary>Tags <c>prediction</c>, <c>status</c>: certain, uncertain, none.</summary>
    public static readonly Counter<long> Predictions =
        Meter.CreateCounter<long>("emotion.gateway.predictions", "{analysis}", "Answers by what they say: a shift of them is a shift of clips, or of models.");

    public static readonly UpDownCounter<long> Running =
        Meter.CreateUpDownCounter<long>("emotion.gateway.running", "{analysis}", "Analyses that this gateway works on.");

    /// <summary>Tag <c>state</c>: queued, running, retryable. Of the database, so the same at all of its gateways.</summary>
    public static readonly Gauge<long> Kept =
        Meter.CreateGauge<long>("emotion.gateway.kept", "{analysis}", "Analyses that wait, run, or have failed and can be tried again: dead letters.");

    /// <summary>Tag <c>arrival</c>: single, batch. Of the database, so the same at all of its gateways.</summary>
    public static readonly Gauge<double> LongestWait =
        Meter.CreateGauge<double>("emotion.gateway.longest_wait", "s", "For how long the analysis that waits longest could have been begun; 0 where none waits.");

    /// <summary>
    /// Tag <c>of</c>: clips, seconds. Of the key that sent the clip; which key it is would be a series for each: the headers of its answers tell.
    /// </summary>
    public static readonly Histogram<double> QuotaUsed = Meter.CreateHistogram<double>(
        "emotion.gateway.quota.used", "1", "Share of its day's quota that a key has used, at each clip or batch that it sends.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 0.75, 0.9, 1] });

    /// <summary>Tags <c>reason</c>, <c>status</c>.</summary>
    public static readonly Counter<long> Refusals =
        Meter.CreateCounter<long>("emotion.gateway.refusals", "{request}", "Requests that were refused.");

    /// <summary>Tag <c>outcome</c>: delivered, failed (tried again later), dead.</summary>
    public static readonly Counter<long> Deliveries =
        Meter.CreateCounter<long>("emotion.gateway.deliveries", "{try}", "Tries to tell the receivers of callbacks.");

    public static readonly Histogram<double> DeliverySeconds =
        Meter.CreateHistogram<double>("emotion.gateway.delivery.duration", "s", "How long a try to tell the receiver of a callback took.");

    public static readonly Counter<long> PutOff =
        Meter.CreateCounter<long>("emotion.gateway.put_off", "{analysis}", "Analyses that were put back since their clips could not be fetched.");

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

    /// <summary>How one modality of an answer fared.</summary>
    /// <param name="reason">Of one that failed its first word is one of a few; the sentence after it is for people.</param>
    internal static void Fared(string modality, ModalityStatus status, string? reason) => Modalities.Add(
        1, Tag("modality", modality), Tag("status", JsonNamingPolicy.KebabCaseLower.ConvertName(status.ToString())), Tag("reason", status == ModalityStatus.Failed ? reason!.Split(':')[0] : ""));

    internal static void Counted(KeptJobs jobs)
    {
        Kept.Record(jobs.Queued, Tag("state", "queued"));
        Kept.Record(jobs.Running, Tag("state", "running"));
        Kept.Record(jobs.Retryable, Tag("state", "retryable"));
        LongestWait.Record(jobs.LongestWait.TotalSeconds, Tag("arrival", "single"));
        LongestWait.Record(jobs.LongestWaitOfBatches.TotalSeconds, Tag("arrival", "batch"));
    }

    internal static void Used(DayUsage used, EffectiveLimits limits)
    {
        QuotaUsed.Record((double)used.Clips / limits.ClipsPerDay, Tag("of", "clips"));
        QuotaUsed.Record(used.Seconds / limits.SecondsPerDay, Tag("of", "seconds"));
    }

    /// <summary>
    /// At the start, when telemetry listens: each counter that an alert looks at by how much it grew begins at zero. One that is born with its first event
    /// has not grown, for whoever compares what was scraped, and the first event may be the only one.
    /// </summary>
    internal static void Begin()
    {
        Fallbacks.Add(0);
        PutOff.Add(0);
        foreach (var rule in CanaryVerdict.Rules)
        {
            CanaryRollbacks.Add(0, Tag("rule", rule));
        }

        foreach (var outcome in (string[])["delivered", "failed", "dead"])
        {
            Deliveries.Add(0, Tag("outcome", outcome));
        }

        foreach (var reason in (string[])["no-release", "queue-full", "disk-full"])
        {
            Refusals.Add(0, Tag("reason", reason), new("status", StatusCodes.Status503ServiceUnavailable));
        }

        foreach (var outcome in (string[])["done", "services-failed", "fusion-failed", "internal", "interrupted", "deadline", "clip-lost", "clip-unreachable"])
        {
            Analyses.Add(0, Tag("outcome", outcome));
        }

        foreach (var modality in (string[])[FusionStage.Audio, FusionStage.Video, FusionStage.Text])
        {
            foreach (var reason in (string[])["no-service", "wrong-release"])
            {
                Modalities.Add(0, Tag("modality", modality), Tag("status", "failed"), Tag("reason", reason));
            }
        }
    }

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
