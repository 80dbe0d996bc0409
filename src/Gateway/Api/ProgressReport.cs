namespace Emotion.Gateway.Api;

/// <summary>How far an analysis is.</summary>
public sealed record ProgressReport
{
    /// <summary>Name of the analysis.</summary>
    public required string Id { get; init; }

    /// <summary>Whether it waits or is being worked on.</summary>
    public required AnalysisStatus Status { get; init; }

    /// <summary>The stages that have begun, in the order of their beginning; several run at the same time.</summary>
    public required IReadOnlyList<StageReport> Stages { get; init; }
}

/// <summary>How far one stage of an analysis is.</summary>
public sealed record StageReport
{
    /// <summary>As in the timings of the result: upload, queued, probe, split, audio, text, video, sequence, fusion, overlay.</summary>
    public required string Stage { get; init; }

    /// <summary>Whether it runs or has ended.</summary>
    public required StageState State { get; init; }

    /// <summary>How long it took; null until it has ended.</summary>
    public double? Milliseconds { get; init; }

    /// <summary>How many units are done; null where nothing is counted.</summary>
    public double? Done { get; init; }

    /// <summary>How many units there are; null where nothing is counted.</summary>
    public double? Total { get; init; }

    /// <summary>What is counted: windows, seconds of the clip, or passages of its words.</summary>
    public string? Unit { get; init; }

    /// <summary>Done of total, from 0 to 1; null where nothing is counted.</summary>
    public double? Fraction => Total > 0 ? Math.Round(Done!.Value / Total.Value, 4) : null;
}

/// <summary>Whether a stage runs.</summary>
public enum StageState
{
    /// <summary>It does.</summary>
    Running,

    /// <summary>It is over, whether it found something or not.</summary>
    Ended,
}
