using System.ComponentModel.DataAnnotations;

namespace Emotion.AudioService;

/// <summary>Section <c>AudioService</c>.</summary>
public sealed class AudioServiceOptions
{
    public const string Section = "AudioService";

    /// <summary>Windows of one call: 4 hours of four seconds each, the longest clip that can be allowed, are 3,600.</summary>
    [Range(1, 100_000)]
    public int MaximumWindows { get; set; } = 4000;
}
