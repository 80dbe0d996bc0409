using System.ComponentModel.DataAnnotations;

namespace Emotion.Inference.Video;

/// <summary>Section <c>Segments</c>: how many segments a replica works on.</summary>
public sealed class SegmentOptions
{
    public const string SectionName = "Segments";

    /// <summary>Segments that are decoded and analysed at once.</summary>
    [Range(1, 256)]
    public int MaxConcurrent { get; set; } = Math.Max(2, Environment.ProcessorCount);

    /// <summary>Segments that may wait; one more is refused with <see cref="QueueFullException"/>, so that another replica takes it.</summary>
    [Range(0, 10_000)]
    public int QueueLength { get; set; } = 16;

    /// <summary>Faces of one segment that are gathered for the frame network; while it reads them, decoding pauses.</summary>
    [Range(1, 1024)]
    public int MaxPendingFaces { get; set; } = 32;
}
