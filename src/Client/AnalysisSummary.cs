namespace Emotion.Client;

/// <summary>One analysis that the gateway knows, in few words.</summary>
public sealed record AnalysisSummary
{
    public required string Id { get; init; }

    public required AnalysisState Status { get; init; }

    /// <summary>When its clip had arrived, in UTC.</summary>
    public required DateTimeOffset AcceptedAt { get; init; }

    public required string Release { get; init; }

    /// <summary>Why there is no answer, in a word; null unless it failed.</summary>
    public string? Reason { get; init; }

    /// <summary>Length of the clip; null until it is done.</summary>
    public double? Seconds { get; init; }

    public string? Prediction { get; init; }

    public FusedStatus? Certainty { get; init; }
}

/// <summary>How far an analysis is, or how it ended.</summary>
public enum AnalysisState
{
    Queued,
    Running,
    Done,
    Failed,
}

/// <summary>A page of them.</summary>
internal sealed record AnalysisPage(IReadOnlyList<AnalysisSummary> Items, string? Next);
