using System.ComponentModel.DataAnnotations;

namespace Emotion.FusionService;

/// <summary>Section <c>FusionService</c>.</summary>
public sealed class FusionServiceOptions
{
    public const string Section = "FusionService";

    /// <summary>Windows of one call; 10 minutes are 150. About 5 KB each, so 4 MB of a message hold some 800.</summary>
    [Range(1, 100_000)]
    public int MaximumWindows { get; set; } = 700;
}
