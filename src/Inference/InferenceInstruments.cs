using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Emotion.Inference;

/// <summary>Spans and metrics of everything that runs a model. Units are in the names' metadata: seconds, {item}, {batch}.</summary>
public static class InferenceInstruments
{
    public const string Name = "Emotion.Inference";

    public static readonly ActivitySource Activities = new(Name);

    private static readonly Meter Meter = new(Name);

    /// <summary>Items per batch that a graph ran, by <c>model</c>.</summary>
    internal static readonly Histogram<int> BatchSize =
        Meter.CreateHistogram<int>("emotion.inference.batch_size", "{item}", "Items in one run of a graph.", advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128] });

    /// <summary>How long an item waited for its batch.</summary>
    internal static readonly Histogram<double> QueueTime =
        Meter.CreateHistogram<double>("emotion.inference.queue_time", "s", "Time an item waited for its batch to start.");

    /// <summary>How long the graph ran, whole batch.</summary>
    internal static readonly Histogram<double> ComputeTime =
        Meter.CreateHistogram<double>("emotion.inference.compute_time", "s", "Time one batch took in the graph.");

    /// <summary>Items by <c>model</c> and <c>outcome</c>: ok, failed, cancelled, rejected.</summary>
    internal static readonly Counter<long> Items =
        Meter.CreateCounter<long>("emotion.inference.items", "{item}", "Items that went through a model's queue.");

    /// <summary>Items that wait now.</summary>
    internal static readonly UpDownCounter<int> Pending =
        Meter.CreateUpDownCounter<int>("emotion.inference.pending", "{item}", "Items that wait for their batch.");

    /// <summary>Loads of a package by <c>model</c> and <c>outcome</c>: ok, failed.</summary>
    internal static readonly Counter<long> Loads =
        Meter.CreateCounter<long>("emotion.inference.model_loads", "{load}", "Packages that were loaded, or failed to.");

    /// <summary>Time from fetch to served.</summary>
    internal static readonly Histogram<double> LoadTime =
        Meter.CreateHistogram<double>("emotion.inference.model_load_time", "s", "Fetch, verify, build and warm up one package.");

    /// <summary>Model versions in memory, by <c>model</c> and <c>version</c>: 1 where it is loaded, 0 where it was.</summary>
    internal static readonly UpDownCounter<int> Loaded =
        Meter.CreateUpDownCounter<int>("emotion.inference.models_loaded", "{model}", "Model versions in memory.");
}
