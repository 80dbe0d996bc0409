using System.Diagnostics.Metrics;

namespace Emotion.Serving;

/// <summary>What the services tell of the calls that they are asked for. Tag <c>call</c>: the name of the <see cref="CallLimiter"/>.</summary>
public static class ServingInstruments
{
    /// <summary>Of the meter.</summary>
    public const string Name = "Emotion.Serving";

    private static readonly Meter Meter = new(Name);

    /// <summary>Calls that were admitted and do not compute: they send what is to be computed, or wait for their turn.</summary>
    internal static readonly UpDownCounter<int> Pending =
        Meter.CreateUpDownCounter<int>("emotion.serving.pending", "{call}", "Calls that were admitted and send, or wait for their turn.");

    /// <summary>Calls that found the service full.</summary>
    internal static readonly Counter<long> Refusals =
        Meter.CreateCounter<long>("emotion.serving.refusals", "{call}", "Calls that were refused because as many wait as may.");
}
