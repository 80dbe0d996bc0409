using System.ComponentModel.DataAnnotations;

namespace Emotion.AudioService;

/// <summary>Section <c>AudioService</c>.</summary>
public sealed class AudioServiceOptions
{
    public const string Section = "AudioService";

    /// <summary>Windows of one call: 4 hours of four seconds each, the longest clip that can be allowed, are 3,600.</summary>
    [Range(1, 100_000)]
    public int MaximumWindows { get; set; } = 4000;

    /// <summary>
    /// Calls that send their sound or wait for its answers; one more is refused before its sound is read, so that another replica takes it. Each holds at most
    /// eight windows, 1 MB where they have four seconds. How many windows are computed at once is <c>Inference:FrontEndsAtOnce</c>.
    /// </summary>
    [Range(1, 10_000)]
    public int MaximumCalls { get; set; } = 32;
}
