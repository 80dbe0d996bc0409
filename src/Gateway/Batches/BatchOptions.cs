using System.ComponentModel.DataAnnotations;

namespace Emotion.Gateway.Batches;

/// <summary>Section <c>Gateway:Batches</c>: how much may come in one request of many clips. What each clip may be is bounded by Media's options.</summary>
public sealed class BatchOptions
{
    public const string Section = "Gateway:Batches";

    /// <summary>Clips of one batch.</summary>
    [Range(1, 10_000)]
    public int MaximumItems { get; set; } = 500;

    /// <summary>The body of one request, and what its zip unpacks to.</summary>
    [Range(1, 64L * 1024 * 1024 * 1024)]
    public long MaximumBytes { get; set; } = 2_000_000_000;

    /// <summary>A file of a zip may unpack to so many times what it takes in it.</summary>
    [Range(1.0, 1032.0)]
    public double MaximumRatio { get; set; } = 100;

    /// <summary>Batches that upload here or are under way at all gateways of a database. One more is refused with 503.</summary>
    [Range(1, 1000)]
    public int Concurrent { get; set; } = 8;

    /// <summary>Of so many analyses that a gateway begins one is a batch's, where one has waited for <see cref="Patience"/>, however many come alone.</summary>
    [Range(1, 1000)]
    public int ShareOneIn { get; set; } = 4;

    /// <summary>How long what waits in batches waits behind everything that comes alone.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>An upload that takes longer is refused with 408.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "24:00:00")]
    public TimeSpan UploadDeadline { get; set; } = TimeSpan.FromHours(1);
}
