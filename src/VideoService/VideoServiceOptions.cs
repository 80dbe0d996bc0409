using System.ComponentModel.DataAnnotations;

namespace Emotion.VideoService;

/// <summary>Section <c>VideoService</c>. How many segments are taken and worked on is in section <c>Segments</c>.</summary>
public sealed class VideoServiceOptions
{
    public const string Section = "VideoService";

    /// <summary>A larger segment is refused. A track with a single key frame is one segment, as large as the clip.</summary>
    [Range(1024L, 4L * 1024 * 1024 * 1024)]
    public long MaximumSegmentBytes { get; set; } = 200L * 1024 * 1024;

    /// <summary>Windows of one call: 4 hours of four seconds each, the longest clip that can be allowed, are 3,600.</summary>
    [Range(1, 100_000)]
    public int MaximumWindows { get; set; } = 4000;

    /// <summary>Face frames of one clip. They are read as they come: what is kept of each is where the face was, some 50 bytes.</summary>
    [Range(1, 1_000_000)]
    public int MaximumFaceFrames { get; set; } = 100_000;

    /// <summary>Clips whose faces are read as sequences at once; each takes about a core, and only while it computes.</summary>
    [Range(1, 256)]
    public int SequencesAtOnce { get; set; } = Environment.ProcessorCount;

    /// <summary>Clips that may send their faces or wait, beyond those; one more is refused before they are read.</summary>
    [Range(0, 10_000)]
    public int SequencesWaiting { get; set; } = 32;
}
