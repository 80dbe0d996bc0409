using System.ComponentModel.DataAnnotations;

namespace Emotion.FusionService;

/// <summary>Section <c>FusionService</c>.</summary>
public sealed class FusionServiceOptions
{
    public const string Section = "FusionService";

    /// <summary>Windows of one call: 4 hours of four seconds each, the longest clip that can be allowed, are 3,600. About 5 KB each in a message.</summary>
    [Range(1, 100_000)]
    public int MaximumWindows { get; set; } = 4000;

    /// <summary>Calls that compute at once; each takes a core, for some milliseconds where its clip is short.</summary>
    [Range(1, 256)]
    public int CallsAtOnce { get; set; } = Environment.ProcessorCount;

    /// <summary>
    /// Calls that may wait for that; one more is refused, for another replica may have room. Each holds its message in memory: 10 KB for a clip of 8 s, 20 MB
    /// for one of <see cref="MaximumWindows"/>.
    /// </summary>
    [Range(0, 10_000)]
    public int CallsWaiting { get; set; } = 16;
}
