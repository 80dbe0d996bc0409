namespace Emotion.Gateway.Api;

/// <summary>One page of the analyses that the gateway knows.</summary>
/// <param name="Items">The newest first.</param>
/// <param name="Next">What to give as after for the next page; null on the last one.</param>
public sealed record AnalysisList(IReadOnlyList<AnalysisSummary> Items, string? Next);

/// <summary>One analysis in few words; all of them are at its address.</summary>
public sealed record AnalysisSummary
{
    /// <summary>Name of the analysis.</summary>
    public required string Id { get; init; }

    /// <summary>Id of the key that sent it; null where it came without one.</summary>
    public string? Key { get; init; }

    /// <summary>How far it is, or how it ended.</summary>
    public required AnalysisState Status { get; init; }

    /// <summary>When its clip had arrived, in UTC.</summary>
    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>The coherent set of models that it was given to.</summary>
    public required string Release { get; init; }

    /// <summary>The batch that its clip came with; null where it came alone.</summary>
    public string? Batch { get; init; }

    /// <summary>Of its file in the batch; null where it came alone.</summary>
    public string? Name { get; init; }

    /// <summary>Why there is no answer, in one word for programs; null unless it failed.</summary>
    public string? Reason { get; init; }

    /// <summary>How often it was begun: more than once where services failed or a gateway went away.</summary>
    public int Attempts { get; init; }

    /// <summary>It failed by no fault of its clip, which is kept: POST /v1/analyses/{id}/retry begins it anew.</summary>
    public bool Retryable { get; init; }

    /// <summary>Length of the clip; null until it is done.</summary>
    public double? Seconds { get; init; }

    /// <summary>The most probable emotion of the whole clip; null until it is done, and where there is none.</summary>
    public string? Prediction { get; init; }

    /// <summary>How far that can be relied on; null until it is done.</summary>
    public FusedStatus? Certainty { get; init; }
}

/// <summary>How far an analysis is, or how it ended.</summary>
public enum AnalysisState
{
    /// <summary>Waits for its turn.</summary>
    Queued,

    /// <summary>Is being worked on.</summary>
    Running,

    /// <summary>The answer is there.</summary>
    Done,

    /// <summary>There will be no answer; the reason says why.</summary>
    Failed,
}
