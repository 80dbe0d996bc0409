using Emotion.Contracts.Audio.V1;
using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Video.V1;
using Emotion.Gateway.Api;
using Grpc.Core;
using Posterior = Emotion.Contracts.Common.V1.Posterior;

namespace Emotion.Gateway.Analyses;

/// <summary>How a modality fared as a whole; what it found in each window stands beside it.</summary>
/// <param name="Status"><see cref="ModalityStatus.Used"/> as long as nothing speaks against it.</param>
public sealed record Verdict(ModalityStatus Status, string? Reason)
{
    public static readonly Verdict Used = new(ModalityStatus.Used, null);

    public static Verdict Absent(string reason) => new(ModalityStatus.Absent, reason);

    /// <summary>There are words, and nobody who tells an emotion by them.</summary>
    public static readonly Verdict NotRead = new(
        ModalityStatus.Abstained, "not-classified: The words are there; no model of this release tells an emotion by them.");

    /// <summary>The service did not answer; the log says why in full, since its words may name what is inside of the system.</summary>
    public static Verdict NoService(string service, StatusCode status) =>
        new(ModalityStatus.Failed, $"no-service: The {service} service did not answer ({status}).");

    /// <summary>No other replica takes more, and no other try will help.</summary>
    public static readonly Verdict TooMuchSound = new(
        ModalityStatus.Failed,
        "too-long: The sound is longer than the text service writes down. Send the clip in parts, or its words with it; TextService:MaximumSeconds is the limit.");

    /// <summary>The service answered from other models than those of this analysis: what it found does not go with the rest.</summary>
    public static Verdict WrongRelease(WrongReleaseException wrong) => new(ModalityStatus.Failed, "wrong-release: " + wrong.Status.Detail);

    /// <summary>The service answers, and the track cannot be read: the clip's fault, and no other try will help.</summary>
    public static Verdict Unreadable(string reason) => new(ModalityStatus.Failed, reason) { IsFaultOfClip = true };

    public bool IsFaultOfClip { get; private init; }
}

/// <summary>What the audio service found, by window.</summary>
public sealed record AudioFinding(Verdict Verdict, IReadOnlyDictionary<uint, ClassifyResponse> Windows)
{
    public AudioFinding(Verdict verdict)
        : this(verdict, new Dictionary<uint, ClassifyResponse>())
    {
    }
}

/// <summary>The words of a clip, where there are any, and what they carry.</summary>
public sealed record TextFinding(Verdict Verdict, Api.Transcript? Transcript = null)
{
    /// <summary>The transcript is one of subtitles: its segments are lines on a screen, not sentences, and some of them describe sounds.</summary>
    public bool IsOfCues { get; init; }

    /// <summary>Of all words together; null where nobody read them.</summary>
    public Posterior? Posterior { get; init; }

    /// <summary>By window; a window in which no word is said is not among them.</summary>
    public IReadOnlyDictionary<uint, TextWindow> Windows { get; init; } = new Dictionary<uint, TextWindow>();

    /// <summary>Where the words were looked for; said also where none were found there. Null where nobody looked.</summary>
    public string? Source { get => field ?? Transcript?.Source; init; }

    /// <summary>How sure it is that these are the words, 0..1: 1 where they were brought along.</summary>
    public float Confidence { get; init; } = 1;

    /// <summary>Why the words say nothing, or are not there; null with another verdict than used.</summary>
    public Abstention? Abstention { get; init; }

    /// <summary>Of the model that heard or read them; null where none did.</summary>
    public string? Version { get; init; }
}

/// <summary>What the words of a window carry.</summary>
/// <param name="Posterior">Mean over its passages, by their words in the window.</param>
/// <param name="FeatureMap">Of the passage with the most words in it: feature maps are opaque here, and have no mean.</param>
public sealed record TextWindow(Posterior Posterior, FeatureMap? FeatureMap);

/// <summary>What the video service found: the tracks, and each track in each window.</summary>
public sealed record VideoFinding(
    Verdict Verdict, IReadOnlyList<FaceTrack> Tracks, IReadOnlyList<TrackWindow> Windows, double PicturesPerSecond, string? Version)
{
    public VideoFinding(Verdict verdict)
        : this(verdict, [], [], 0, null)
    {
    }
}
