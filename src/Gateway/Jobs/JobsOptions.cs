using System.ComponentModel.DataAnnotations;

namespace Emotion.Gateway.Jobs;

/// <summary>
/// Section <c>Gateway:Jobs</c>: how analyses are kept until they are done. In which database tells the connection string <c>jobs</c>
/// (PostgreSQL; none: SQLite in the data folder), where their clips lie the connection string <c>media</c> (Azure Blob storage; none: the data folder).
/// </summary>
public sealed class JobsOptions
{
    public const string Section = "Gateway:Jobs";

    /// <summary>One gateway's own; it must outlive the process. Empty: <c>emotion/gateway</c> in the user's folder for application data.</summary>
    public string DataFolder { get; set; } = "";

    /// <summary>The container of clips, where they are in blob storage.</summary>
    [RegularExpression("^[a-z0-9](-?[a-z0-9]){2,62}$")]
    public string MediaContainer { get; set; } = "media";

    /// <summary>A gateway that does not renew its hold on an analysis for so long counts as gone, and another one begins it again.</summary>
    [Range(typeof(TimeSpan), "00:00:00.300", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a gateway looks for what others have put there or done.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan PollPeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often an analysis is begun in all, where services fail or gateways go. After that it has failed, and can be tried again by hand.</summary>
    [Range(1, 100)]
    public int Attempts { get; set; } = 3;

    /// <summary>After services have failed, before it is begun again; doubled each time.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan FirstRetry { get; set; } = TimeSpan.FromSeconds(2);

    [Range(typeof(TimeSpan), "00:00:00", "24:00:00")]
    public TimeSpan LongestRetry { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// For how long an analysis whose clip cannot be fetched, since its store is away or the disk is full, goes on waiting from when it was first begun.
    /// After that it has failed, and can be tried again by hand.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan ClipPatience { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Clips of failed analyses that are kept so that they can be tried again; the oldest go first.</summary>
    [Range(0, 100_000)]
    public int KeptClips { get; set; } = 20;

    /// <summary>Bytes that must be free on the disks of the data folder and of <c>Media:WorkFolder</c> for a clip to be taken in.</summary>
    [Range(0, 1L << 50)]
    public long MinimumFreeBytes { get; set; } = 500_000_000;

    /// <summary>For how long an <c>Idempotency-Key</c> names its analysis; not longer than the analysis is kept.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan IdempotencyKeptFor { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How often what was kept long enough, and what was left behind, is deleted.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan SweepPeriod { get; set; } = TimeSpan.FromSeconds(15);
}
