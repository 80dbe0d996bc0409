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

    /// <summary>Tag <c>outcome</c>: done, or the reason of the refusal.</summary>
    public static readonly Counter<long> Analyses =
        Meter.CreateCounter<long>("emotion.gateway.analyses", "{analysis}", "Analyses that ended.");

    /// <summary>Tag <c>client</c>.</summary>
    public static readonly Counter<long> Retries =
        Meter.CreateCounter<long>("emotion.gateway.retries", "{call}", "Calls that were sent again, to another replica.");

    /// <summary>Above zero, a release is not coherent: see docs/operations.md.</summary>
    public static readonly Counter<long> Fallbacks =
        Meter.CreateCounter<long>("emotion.gateway.fallbacks", "{analysis}", "Analyses that were fused without fusion's network.");
}
