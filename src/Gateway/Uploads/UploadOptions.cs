using System.ComponentModel.DataAnnotations;

namespace Emotion.Gateway.Uploads;

/// <summary>Section <c>Gateway:Uploads</c>: clips that come in pieces. How large one may be is Media's to say.</summary>
public sealed class UploadOptions
{
    public const string Section = "Gateway:Uploads";

    /// <summary>Uploads that are begun and not used yet, at this gateway. One more is refused with 503.</summary>
    [Range(1, 10_000)]
    public int MaximumOpen { get; set; } = 32;

    /// <summary>The share of those that one key may have, one at the least, so that none locks out all others. One more is refused with 429; 1: nobody counts.</summary>
    [Range(0.0, 1.0)]
    public double ShareOfAKey { get; set; } = 0.25;

    /// <summary>An upload to which nothing has come for so long is deleted.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan ExpireAfter { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How often what has expired is deleted.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan SweepPeriod { get; set; } = TimeSpan.FromMinutes(1);

    internal int OfAKey => Math.Max(1, (int)(MaximumOpen * ShareOfAKey));
}
