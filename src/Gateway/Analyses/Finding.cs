using Emotion.Contracts.Audio.V1;
using Emotion.Contracts.Video.V1;
using Emotion.Gateway.Api;

namespace Emotion.Gateway.Analyses;

/// <summary>How a modality fared as a whole; what it found in each window stands beside it.</summary>
/// <param name="Status"><see cref="ModalityStatus.Used"/> as long as nothing speaks against it.</param>
public sealed record Verdict(ModalityStatus Status, string? Reason)
{
    public static readonly Verdict Used = new(ModalityStatus.Used, null);

    public static Verdict Absent(string reason) => new(ModalityStatus.Absent, reason);

    public static Verdict Failed(string reason) => new(ModalityStatus.Failed, reason);
}

/// <summary>What the audio service found, by window.</summary>
public sealed record AudioFinding(Verdict Verdict, IReadOnlyDictionary<uint, ClassifyResponse> Windows)
{
    public AudioFinding(Verdict verdict)
        : this(verdict, new Dictionary<uint, ClassifyResponse>())
    {
    }
}

/// <summary>What the video service found: the tracks, and each track in each window.</summary>
public sealed record VideoFinding(
    Verdict Verdict, IReadOnlyList<FaceTrack> Tracks, IReadOnlyList<TrackWindow> Windows, double PicturesPerSecond, string? Version)
{
    public VideoFinding(Verdict verdict)
        : this(verdict, [], [], 0, null)
    {
    }
}
