namespace Emotion.Gateway.Batches;

/// <summary>
/// Many clips that came in one request. Each of them is an analysis of its own (<see cref="Jobs.JobRow.Batch"/>), those that were refused when they
/// came too. Times are milliseconds of Unix time.
/// </summary>
public sealed class BatchRow
{
    /// <summary>In the order of acceptance.</summary>
    public long Number { get; set; }

    public required string Id { get; init; }

    /// <summary>As of its analyses.</summary>
    public string Owner { get; init; } = "";

    public string? IdempotencyKey { get; set; }

    /// <summary>Of what came with that key.</summary>
    public string? RequestDigest { get; init; }

    public long CreatedAt { get; init; }

    /// <summary>How many clips came; some of their analyses may have been deleted since.</summary>
    public int Items { get; init; }
}
