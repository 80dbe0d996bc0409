using System.ComponentModel.DataAnnotations;

namespace Emotion.FusionService;

/// <summary>Section <c>FusionService</c>.</summary>
public sealed class FusionServiceOptions
{
    public const string Section = "FusionService";

    /// <summary>Windows of one call: 4 hours of four seconds each, the longest clip that can be allowed, are 3,600. About 5 KB each in a message.</summary>
    [Range(1, 100_000)]
    public int MaximumWindows { get; set; } = 4000;
}
