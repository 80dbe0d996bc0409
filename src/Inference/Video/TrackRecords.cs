using Emotion.Features;
using Emotion.Features.Faces;

namespace Emotion.Inference.Video;

/// <summary>Tracks of a clip, and what each says in each window.</summary>
public sealed record SequenceResult(IReadOnlyList<FaceTrack> Tracks, IReadOnlyList<TrackWindow> Windows);

/// <summary>A face over the whole clip.</summary>
/// <param name="FaceId">From 1, largest and longest first.</param>
/// <param name="Boxes">As shares of width and height.</param>
/// <param name="Posterior"><c>[8]</c>: mean over its windows, weighted by face frames; empty if none of them has an answer.</param>
public sealed record FaceTrack(
    int FaceId, double StartSeconds, double EndSeconds, IReadOnlyList<(double Seconds, FaceBox Box)> Boxes, float[] Posterior);

/// <summary>One face in one window; a window without any comes once, with face 0 and an abstention.</summary>
/// <param name="Posterior"><c>[8]</c>; empty with an abstention.</param>
/// <param name="Embedding">Of the sequence network; empty with an abstention.</param>
/// <param name="FaceFrames">Readable face frames of this track in this window.</param>
/// <param name="Area">Mean area as a share of the picture.</param>
/// <param name="Heat">
/// How much each face frame that was read mattered: the probability of the window's prediction, minus what it would be without this frame.
/// Above 0 it spoke for the prediction, below against it. Empty where it was not asked for, with an abstention, and of a single frame.
/// </param>
public sealed record TrackWindow(
    ClipWindow Window,
    int FaceId,
    float[] Posterior,
    float[] Embedding,
    int FaceFrames,
    float Area,
    IReadOnlyList<(double Seconds, float Opening)> MouthOpening,
    IReadOnlyList<(double Seconds, float Change)> Heat,
    Abstention? Abstention);
