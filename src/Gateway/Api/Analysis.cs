using System.Text.Json.Serialization;

namespace Emotion.Gateway.Api;

/// <summary>One analysis of one clip. Everything but id and status is empty until the status is done.</summary>
public sealed record Analysis
{
    /// <summary>Name of the analysis; its answer is kept for a while under /v1/analyses/{id}.</summary>
    public required string Id { get; init; }

    /// <summary>How far it is. A clip that cannot be analysed is answered with a problem instead (application/problem+json).</summary>
    public required AnalysisStatus Status { get; init; }

    /// <summary>What the clip is.</summary>
    public ClipDescription? Clip { get; init; }

    /// <summary>The answer for the whole clip, over sound, picture and, where the release's fusion was trained on them, words.</summary>
    public FusedAnswer? Fused { get; init; }

    /// <summary>What each modality says of the whole clip, and why it may say nothing.</summary>
    public ModalityAnswers? Modalities { get; init; }

    /// <summary>The answers over time, in order, without gaps.</summary>
    public IReadOnlyList<WindowAnswer> Windows { get; init; } = [];

    /// <summary>The faces that were followed through the clip, the most important first.</summary>
    public IReadOnlyList<FaceAnswer> Faces { get; init; } = [];

    /// <summary>The words that are said; null when there are none, and when nobody asked for them.</summary>
    public Transcript? Transcript { get; init; }

    /// <summary>The exact models that answered.</summary>
    public ModelVersions? Models { get; init; }

    /// <summary>Whether the answer was drawn on the clip; null where nobody asked for it.</summary>
    public OverlayAnswer? Overlay { get; init; }

    /// <summary>Milliseconds by stage. Stages overlap, so they add up to more than total.</summary>
    public IReadOnlyDictionary<string, double> Timings { get; init; } = new Dictionary<string, double>();

    /// <summary>W3C trace id of everything that was done for this analysis, in every service.</summary>
    public string? TraceId { get; init; }

    /// <summary>What the answer means, and what it must not be used for.</summary>
    public string? Notice { get; init; }
}

/// <summary>Whether the answer was drawn on the clip.</summary>
/// <param name="Status">Whether it is at /v1/analyses/{id}/overlay.mp4.</param>
/// <param name="Reason">Why it could not be made; null where it was.</param>
public sealed record OverlayAnswer(OverlayStatus Status, string? Reason);

/// <summary>Whether the answer was drawn on the clip.</summary>
public enum OverlayStatus
{
    /// <summary>It was, and is kept as long as the answer.</summary>
    Made,

    /// <summary>It could not be, the reason says why; the answer is there all the same.</summary>
    Failed,
}

/// <summary>How far an analysis is.</summary>
public enum AnalysisStatus
{
    /// <summary>Waits for its turn.</summary>
    Queued,

    /// <summary>Is being worked on.</summary>
    Running,

    /// <summary>The answer is there.</summary>
    Done,
}

/// <summary>What the probe found.</summary>
/// <param name="Seconds">Length of the clip.</param>
/// <param name="Container">The file format, by its own bytes and never by its name.</param>
/// <param name="HasAudio">There is a sound track.</param>
/// <param name="HasVideo">There is a picture track.</param>
public sealed record ClipDescription(double Seconds, string Container, bool HasAudio, bool HasVideo);

/// <summary>Calibrated probabilities of the expressed emotions; they add up to 1.</summary>
public sealed record Posterior(
    double Neutral, double Calm, double Happy, double Sad, double Angry, double Fearful, double Disgust, double Surprised);

/// <summary>The answer over all modalities, for the clip or for one window of it.</summary>
public sealed record FusedAnswer
{
    /// <summary>How far the answer can be relied on.</summary>
    public required FusedStatus Status { get; init; }

    /// <summary>Why it is uncertain or missing; null when it is certain.</summary>
    public string? Reason { get; init; }

    /// <summary>The most probable emotion; null with status none.</summary>
    public string? Prediction { get; init; }

    /// <summary>All eight probabilities; null with status none.</summary>
    public Posterior? Posterior { get; init; }

    /// <summary>
    /// Two of the modalities that it rests on find different emotions the most probable by themselves, of those that both can tell. False with
    /// status none.
    /// </summary>
    public bool ModalitiesDisagree { get; init; }

    /// <summary>Id of the face that was used, see faces; null when no face was.</summary>
    public int? Face { get; init; }

    /// <summary>
    /// The release's fusion did not answer, since its other models are not those that it was trained on, but the product of what the modalities
    /// find by themselves. The status is uncertain then, the reason says why, and models.fusion is null.
    /// </summary>
    public bool Fallback { get; init; }

    /// <summary>The windows that decided; null for a window, with status none, and where all windows are alike.</summary>
    public DecidingWindows? DecidedBy { get; init; }
}

/// <summary>The fewest windows, of the largest contributions, that have half of all that speaks for the clip's prediction.</summary>
/// <param name="Windows">Positions in windows, from 0; the largest contribution first.</param>
/// <param name="Contribution">The prediction's probability minus what it would be without all of them.</param>
/// <param name="PredictionWithout">The most probable emotion without them; null where no other window has an answer.</param>
public sealed record DecidingWindows(IReadOnlyList<int> Windows, double Contribution, string? PredictionWithout);

/// <summary>How far a fused answer can be relied on.</summary>
public enum FusedStatus
{
    /// <summary>Above the model's threshold.</summary>
    Certain,

    /// <summary>There is an answer, below the model's threshold.</summary>
    Uncertain,

    /// <summary>No modality had anything to say.</summary>
    None,
}

/// <summary>One answer per modality.</summary>
/// <param name="Audio">How it is said.</param>
/// <param name="Video">What the face shows.</param>
/// <param name="Text">What is said.</param>
public sealed record ModalityAnswers(ModalityAnswer Audio, ModalityAnswer Video, ModalityAnswer Text);

/// <summary>What one modality says by itself, for the clip or for one window of it.</summary>
public sealed record ModalityAnswer
{
    /// <summary>Whether it has an answer.</summary>
    public required ModalityStatus Status { get; init; }

    /// <summary>Why it has none; null when it has.</summary>
    public string? Reason { get; init; }

    /// <summary>The most probable emotion by this modality alone; null unless used.</summary>
    public string? Prediction { get; init; }

    /// <summary>Probabilities by this modality alone; null unless used. An emotion outside coveredLabels has 0 for want of evidence.</summary>
    public Posterior? Posterior { get; init; }

    /// <summary>The emotions that this modality's model can tell.</summary>
    public IReadOnlyList<string> CoveredLabels { get; init; } = [];

    /// <summary>
    /// The fused probability of the fused prediction, minus what it would be without this modality; null unless used. Null too for text
    /// where the release's fusion was not trained on it: it then stands beside the fused answer.
    /// </summary>
    public double? Contribution { get; init; }

    /// <summary>
    /// Where the words come from: caller, subtitles, or speech that was written down here, also where that abstained. Null for sound and
    /// picture, and where nobody looked for words.
    /// </summary>
    public string? Source { get; init; }
}

/// <summary>Whether a modality has an answer.</summary>
public enum ModalityStatus
{
    /// <summary>It has. With a contribution, it went into the fused answer.</summary>
    Used,

    /// <summary>The clip has no such track, or no words came with it.</summary>
    Absent,

    /// <summary>There is nothing to read in it: no speech, no face, too dark, not English. The reason says which.</summary>
    Abstained,

    /// <summary>The service did not answer; the others went on.</summary>
    Failed,
}

/// <summary>The answers for a stretch of the clip. Start belongs to it, end to the next one; seconds from the start of the clip.</summary>
public sealed record WindowAnswer
{
    public required double Start { get; init; }

    public required double End { get; init; }

    /// <summary>Over all modalities.</summary>
    public required FusedAnswer Fused { get; init; }

    public required ModalityAnswer Audio { get; init; }

    /// <summary>By the face that the fused answer uses.</summary>
    public required ModalityAnswer Video { get; init; }

    /// <summary>By the words that are said in it: mean over them.</summary>
    public required ModalityAnswer Text { get; init; }

    /// <summary>
    /// The probability of the clip's prediction minus what it would be without this window: above 0 the window speaks for it. Null where the window
    /// has no answer.
    /// </summary>
    public double? Contribution { get; init; }

    /// <summary>Every face that was read in this window.</summary>
    public IReadOnlyList<WindowFace> Faces { get; init; } = [];
}

/// <summary>One face in one window.</summary>
/// <param name="Id">See faces.</param>
/// <param name="Prediction">Its most probable emotion in the window.</param>
/// <param name="Posterior">All probabilities.</param>
/// <param name="Heat">Which moments mattered for the prediction; empty where it rests on a single picture.</param>
public sealed record WindowFace(int Id, string Prediction, Posterior Posterior, IReadOnlyList<FaceMoment> Heat);

/// <summary>What one picture of a face did to the prediction of its window.</summary>
/// <param name="Time">Seconds from the start of the clip.</param>
/// <param name="Change">The prediction's probability minus what it would be without this picture: above 0 it spoke for it.</param>
public sealed record FaceMoment(double Time, double Change);

/// <summary>One face, followed through the clip.</summary>
public sealed record FaceAnswer
{
    /// <summary>From 1; means nothing outside of this clip.</summary>
    public required int Id { get; init; }

    /// <summary>Second of its first picture.</summary>
    public required double Start { get; init; }

    /// <summary>Second of its last picture.</summary>
    public required double End { get; init; }

    /// <summary>Where it is, over time.</summary>
    public required IReadOnlyList<FaceBox> Boxes { get; init; }

    /// <summary>Over its whole track; null when it was found and could not be read.</summary>
    public Posterior? Posterior { get; init; }
}

/// <summary>Where a face is at one moment.</summary>
/// <param name="Time">Seconds from the start of the clip.</param>
/// <param name="Left">Share of the picture's width.</param>
/// <param name="Top">Share of the picture's height.</param>
/// <param name="Width">Share of the picture's width.</param>
/// <param name="Height">Share of the picture's height.</param>
public sealed record FaceBox(double Time, double Left, double Top, double Width, double Height);

/// <summary>The words that are said.</summary>
/// <param name="Source">Where they come from: caller, subtitles, or speech that was written down here.</param>
/// <param name="Language">BCP 47 tag, where the caller gave it.</param>
/// <param name="Segments">In order of time.</param>
public sealed record Transcript(string Source, string? Language, IReadOnlyList<TranscriptSegment> Segments);

/// <summary>Words with the seconds in which they are said; those of the whole clip where nobody knows.</summary>
public sealed record TranscriptSegment(double Start, double End, string Text)
{
    /// <summary>Without the words: they are private, and whatever prints this must not print them.</summary>
    public override string ToString() => FormattableString.Invariant($"{Start:0.00} s to {End:0.00} s");
}

/// <summary>The exact models that answered; null for a modality that did not.</summary>
/// <param name="Release">The coherent set that the models belong to.</param>
/// <param name="Audio">Version.</param>
/// <param name="Video">Version.</param>
/// <param name="Text">Version.</param>
/// <param name="Fusion">Version.</param>
public sealed record ModelVersions(string Release, string? Audio, string? Video, string? Text, string? Fusion)
{
    /// <summary>The release is one that is tried out on a share of the requests.</summary>
    public bool Canary { get; init; }

    /// <summary>The terms of each of these models, which hold for what is done with the answer, too.</summary>
    public ModelLicences Licences { get; init; } = ModelLicences.Unknown;
}

/// <summary>The terms of the models that answered; null for a modality that did not.</summary>
/// <param name="Audio">Of the audio model.</param>
/// <param name="Video">Of the video model.</param>
/// <param name="Text">Of the text model.</param>
/// <param name="Fusion">Of the fusion model.</param>
public sealed record ModelLicences(ModelLicence? Audio, ModelLicence? Video, ModelLicence? Text, ModelLicence? Fusion)
{
    internal static ModelLicences Unknown { get; } = new(null, null, null, null);

    /// <summary>Those of the models that answered.</summary>
    internal ModelLicences Of(ModelVersions answered) => new(
        answered.Audio is null ? null : Audio,
        answered.Video is null ? null : Video,
        answered.Text is null ? null : Text,
        answered.Fusion is null ? null : Fusion);
}

/// <summary>The terms that a model's weights inherit from what they were trained on.</summary>
/// <param name="Id">By name, as the model's package says.</param>
/// <param name="AllowsCommercialUse">Whether the answers may be used commercially.</param>
public sealed record ModelLicence(string Id, bool AllowsCommercialUse);

/// <summary>One way of writing the contract: camelCase names, enums as words, nulls written out.</summary>
public static class AnalysisJson
{
    public static void Configure(System.Text.Json.JsonSerializerOptions options)
    {
        options.Converters.Add(new JsonStringEnumConverter(System.Text.Json.JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.NumberHandling = JsonNumberHandling.Strict;
    }
}
