using System.ComponentModel.DataAnnotations;

namespace Emotion.Inference.Video;

/// <summary>Section <c>Segments</c>: how many segments a replica takes and works on.</summary>
public sealed class SegmentOptions
{
    public const string SectionName = "Segments";

    /// <summary>Segments that are decoded and analysed at once.</summary>
    [Range(1, 256)]
    public int MaxConcurrent { get; set; } = Math.Max(2, Environment.ProcessorCount);

    /// <summary>
    /// Segments that may arrive or wait, beyond those; one more is refused before it is read, so that another replica takes it. Each lies on
    /// disk until it is analysed: <see cref="MaxConcurrent"/> + QueueLength = 4 + 16 segments are at most 4 GB where one may have 200 MB.
    /// </summary>
    [Range(0, 10_000)]
    public int QueueLength { get; set; } = 16;

    /// <summary>Faces of one segment that are given to the frame network together, while decoding goes on.</summary>
    [Range(1, 1024)]
    public int FacesTogether { get; set; } = 4;

    /// <summary>Faces of one segment that are cut and not yet read; at so many decoding pauses until all are.</summary>
    [Range(1, 1024)]
    public int MaxPendingFaces { get; set; } = 32;
}
