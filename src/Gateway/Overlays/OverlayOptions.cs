using System.ComponentModel.DataAnnotations;

namespace Emotion.Gateway.Overlays;

/// <summary>Section <c>Gateway:Overlay</c>: what a clip with its answer drawn on it may be and cost.</summary>
public sealed class OverlayOptions
{
    public const string Section = "Gateway:Overlay";

    /// <summary>Of the picture; a higher one is scaled down.</summary>
    [Range(64, 2160)]
    public int MaximumHeight { get; set; } = 720;

    /// <summary>Longest clip that is drawn on.</summary>
    [Range(1, 4 * 3600)]
    public int MaximumSeconds { get; set; } = 600;

    /// <summary>Of the mp4, which is kept as long as the answer.</summary>
    [Range(10_000, 4L * 1024 * 1024 * 1024)]
    public long MaximumBytes { get; set; } = 100_000_000;

    /// <summary>One that takes longer is not made; the answer comes without it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "04:00:00")]
    public TimeSpan Deadline { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Faces that are drawn, the most important first.</summary>
    [Range(0, 100)]
    public int MaximumFaces { get; set; } = 16;
}
