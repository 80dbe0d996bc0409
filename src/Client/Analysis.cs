namespace Emotion.Client;

/// <summary>One analysis of one clip, as the gateway answers it. Times are seconds from the start of the clip.</summary>
public sealed record Analysis
{
    public required string Id { get; init; }

    public required AnalysisStatus Status { get; init; }

    public ClipDescription? Clip { get; init; }

    /// <summary>The answer for the whole clip, over all modalities.</summary>
    public FusedAnswer? Fused { get; init; }

    /// <summary><c>audio</c>, <c>video</c>, <c>text</c>: what each says by itself, or why it says nothing.</summary>
    public IReadOnlyDictionary<string, ModalityAnswer> Modalities { get; init; } = new Dictionary<string, ModalityAnswer>();

    public IReadOnlyList<WindowAnswer> Windows { get; init; } = [];

    public IReadOnlyList<FaceAnswer> Faces { get; init; } = [];

    public ModelVersions? Models { get; init; }

    /// <summary>Milliseconds by stage; stages overlap.</summary>
    public IReadOnlyDictionary<string, double> Timings { get; init; } = new Dictionary<string, double>();

    public string? TraceId { get; init; }

    public string? Notice { get; init; }
}

public enum AnalysisStatus
{
    Queued,
    Running,
    Done,
}

public sealed record ClipDescription(double Seconds, string Container, bool HasAudio, bool HasVideo);

/// <summary>The answer over all modalities, for the clip or for a window of it.</summary>
public sealed record FusedAnswer
{
    public required FusedStatus Status { get; init; }

    public string? Reason { get; init; }

    public string? Prediction { get; init; }

    /// <summary>Calibrated probability by emotion; adds up to 1. Null with status <see cref="FusedStatus.None"/>.</summary>
    public IReadOnlyDictionary<string, double>? Posterior { get; init; }

    /// <summary>Two of its modalities find different emotions the most probable by themselves.</summary>
    public bool ModalitiesDisagree { get; init; }

    /// <summary>The face that was used.</summary>
    public int? Face { get; init; }

    /// <summary>The release's fusion did not answer, but the product of what the modalities find; the reason says why.</summary>
    public bool Fallback { get; init; }

    /// <summary>Null for a window, and where all windows are alike.</summary>
    public DecidingWindows? DecidedBy { get; init; }
}

/// <summary>The fewest windows that have half of all that speaks for the clip's prediction.</summary>
/// <param name="Windows">Positions in <see cref="Analysis.Windows"/>, the largest contribution first.</param>
/// <param name="Contribution">The prediction's probability minus what it would be without all of them.</param>
/// <param name="PredictionWithout">The most probable emotion without them; null where no other window has an answer.</param>
public sealed record DecidingWindows(IReadOnlyList<int> Windows, double Contribution, string? PredictionWithout);

public enum FusedStatus
{
    Certain,
    Uncertain,
    None,
}

/// <summary>What one modality says by itself.</summary>
public sealed record ModalityAnswer
{
    public required ModalityStatus Status { get; init; }

    public string? Reason { get; init; }

    public string? Prediction { get; init; }

    public IReadOnlyDictionary<string, double>? Posterior { get; init; }

    /// <summary>A label outside of these has probability 0 for want of evidence, not as evidence.</summary>
    public IReadOnlyList<string> CoveredLabels { get; init; } = [];

    /// <summary>The winner's fused probability minus what it would be without this modality.</summary>
    public double? Contribution { get; init; }

    /// <summary>Where the words come from: <c>caller</c>, <c>subtitles</c> or <c>speech</c>; null for sound and picture.</summary>
    public string? Source { get; init; }
}

public enum ModalityStatus
{
    Used,
    Absent,
    Abstained,
    Failed,
}

public sealed record WindowAnswer
{
    public required double Start { get; init; }

    public required double End { get; init; }

    public required FusedAnswer Fused { get; init; }

    public required ModalityAnswer Audio { get; init; }

    public required ModalityAnswer Video { get; init; }

    public required ModalityAnswer Text { get; init; }

    /// <summary>The probability of the clip's prediction minus what it would be without this window.</summary>
    public double? Contribution { get; init; }
}

/// <summary>One face followed through the clip; its id means nothing outside of it.</summary>
public sealed record FaceAnswer
{
    public required int Id { get; init; }

    public required double Start { get; init; }

    public required double End { get; init; }

    /// <summary>Where it is, over time.</summary>
    public IReadOnlyList<FaceBox> Boxes { get; init; } = [];

    public IReadOnlyDictionary<string, double>? Posterior { get; init; }
}

/// <summary>Where a face is at one moment; edges and sides are shares of the picture's width and height.</summary>
public sealed record FaceBox(double Time, double Left, double Top, double Width, double Height);

/// <summary>The exact models that answered.</summary>
public sealed record ModelVersions(string Release, string? Audio, string? Video, string? Text, string? Fusion)
{
    /// <summary>The release is one that is tried out on a share of the requests.</summary>
    public bool Canary { get; init; }

    /// <summary>The terms of each model; null from a gateway of an earlier version.</summary>
    public ModelLicences? Licences { get; init; }
}

/// <summary>The terms of the models that answered; null for a modality that did not.</summary>
public sealed record ModelLicences(ModelLicence? Audio, ModelLicence? Video, ModelLicence? Text, ModelLicence? Fusion);

/// <summary>The terms that a model's weights inherit from what they were trained on.</summary>
public sealed record ModelLicence(string Id, bool AllowsCommercialUse);
