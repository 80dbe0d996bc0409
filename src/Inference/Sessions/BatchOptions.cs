using System.ComponentModel.DataAnnotations;

namespace Emotion.Inference.Sessions;

/// <summary>Section <c>Inference:Batching</c>: how single requests become batches.</summary>
public sealed class BatchOptions
{
    public const string SectionName = "Inference:Batching";

    /// <summary>Items in one run at most. 16 faces at 48x48 are where a CPU stops gaining.</summary>
    [Range(1, 1024)]
    public int MaxBatchSize { get; set; } = 16;

    /// <summary>How long the first item of a batch waits for company. While a batch runs, the next one fills anyway.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:01")]
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>
    /// Items that may wait; one more is refused with <see cref="QueueFullException"/>, or, a face of a segment that was admitted, waits for room.
    /// </summary>
    [Range(1, 100_000)]
    public int QueueLength { get; set; } = 512;
}
