using System.ComponentModel.DataAnnotations;

namespace Emotion.Gateway.Audit;

/// <summary>Section <c>Gateway:Audit</c>: how long it is known who did what.</summary>
public sealed class AuditOptions
{
    public const string Section = "Gateway:Audit";

    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan KeptFor { get; set; } = TimeSpan.FromDays(365);

    /// <summary>Acts that are kept; the oldest go first.</summary>
    [Range(1, 1_000_000_000)]
    public int KeptActs { get; set; } = 1_000_000;
}
