using System.ComponentModel.DataAnnotations;

namespace Emotion.Gateway.Canary;

/// <summary>Section <c>Gateway:Shadow</c>: bounds of the copies whose answers are only compared.</summary>
public sealed class ShadowOptions
{
    public const string Section = "Gateway:Shadow";

    /// <summary>Copies that are analysed at the same time, or wait for it; one more is dropped. Each keeps its clip until it ends.</summary>
    [Range(1, 256)]
    public int Concurrency { get; set; } = 1;

    /// <summary>A copy that takes longer is dropped.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan Deadline { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How often a running copy looks whether an analysis waits, for which it makes room.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan LoadCheckPeriod { get; set; } = TimeSpan.FromMilliseconds(100);
}
