namespace Emotion.Client;

/// <summary>An answer, and the JSON it was read from.</summary>
public sealed record AnalysisResponse(Analysis Analysis, string Raw);

/// <summary>The clip or the request cannot be answered; sending it again will not help.</summary>
public sealed class AnalysisRefusedException(int status, string reason, string detail) : Exception(detail)
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>A word for programs, for example <c>too-large</c>.</summary>
    public string Reason { get; } = reason;
}

/// <summary>Forms of an analysis for other programs.</summary>
public enum AnalysisForm
{
    /// <summary>Comma-separated values, a line for each window and modality.</summary>
    Csv,

    /// <summary>SubRip subtitles, a cue for each window.</summary>
    SubRip,

    /// <summary>WebVTT, a cue for each window.</summary>
    WebVtt,

    /// <summary>A picture of the answers over time.</summary>
    Svg,

    /// <summary>The clip with its answer drawn on it, where <see cref="SubmitOptions.Overlay"/> came with it.</summary>
    Overlay,
}
