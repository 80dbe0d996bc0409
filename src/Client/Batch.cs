namespace Emotion.Client;

/// <summary>Many clips that were sent in one request, each of them an analysis of its own.</summary>
public sealed record Batch
{
    public required string Id { get; init; }

    /// <summary>Whether something of it is under way.</summary>
    public required BatchStatus Status { get; init; }

    public required DateTimeOffset AcceptedAt { get; init; }

    public required BatchCounts Counts { get; init; }
}

public enum BatchStatus
{
    Running,
    Done,
}

/// <summary>How many clips are how far; what is missing in the sum was deleted or kept long enough.</summary>
public sealed record BatchCounts(int Total, int Queued, int Running, int Done, int Failed);

/// <summary>One clip of a batch.</summary>
public sealed record BatchItem
{
    /// <summary>From 0, in the order that they were sent in; those of a zip by their names.</summary>
    public required int Position { get; init; }

    public required string Name { get; init; }

    /// <summary>Of its analysis.</summary>
    public required string Id { get; init; }

    public required AnalysisState Status { get; init; }

    /// <summary>Why there is no answer, in a word for programs; null unless it failed.</summary>
    public string? Reason { get; init; }

    /// <summary>Why there is no answer, in a sentence for people; null unless it failed.</summary>
    public string? Detail { get; init; }

    public bool Retryable { get; init; }

    public double? Seconds { get; init; }

    public string? Prediction { get; init; }

    public FusedStatus? Certainty { get; init; }
}

/// <summary>A clip to send in a batch.</summary>
/// <param name="Name">Of its file.</param>
/// <param name="Open">Its bytes; asked for again where the request is sent again.</param>
public sealed record BatchFile(string Name, Func<Stream> Open);

internal sealed record BatchPage(Batch Batch, IReadOnlyList<BatchItem> Items, string? Next);
