namespace Emotion.Client;

/// <summary>One event of an analysis that is followed: how far it is, or its answer, which is the last.</summary>
/// <param name="Progress">Null with the answer.</param>
/// <param name="Result">Null until it is there.</param>
/// <param name="Raw">The JSON that it was read from.</param>
public sealed record AnalysisEvent(AnalysisProgress? Progress, AnalysisResponse? Result, string Raw);

/// <summary>How far an analysis is.</summary>
/// <param name="Stages">Those that have begun, in the order of their beginning; several run at the same time.</param>
public sealed record AnalysisProgress(string Id, AnalysisStatus Status, IReadOnlyList<StageProgress> Stages);

/// <summary>How far one stage is.</summary>
public sealed record StageProgress
{
    /// <summary>As in the timings of the result: upload, queued, probe, split, audio, text, video, sequence, fusion.</summary>
    public required string Stage { get; init; }

    public required StageState State { get; init; }

    /// <summary>Null until it has ended.</summary>
    public double? Milliseconds { get; init; }

    /// <summary>So many of <see cref="Total"/> <see cref="Unit"/>; null where nothing is counted.</summary>
    public double? Done { get; init; }

    public double? Total { get; init; }

    public string? Unit { get; init; }

    /// <summary>From 0 to 1; null where nothing is counted.</summary>
    public double? Fraction { get; init; }
}

public enum StageState
{
    Running,
    Ended,
}
