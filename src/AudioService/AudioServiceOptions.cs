using System.ComponentModel.DataAnnotations;

namespace Emotion.AudioService;

/// <summary>Section <c>AudioService</c>.</summary>
public sealed class AudioServiceOptions
{
    public const string Section = "AudioService";

    /// <summary>Windows of one call; 10 minutes are 150.</summary>
    [Range(1, 100_000)]
    public int MaximumWindows { get; set; } = 1000;
}
