using Emotion.Features.Faces;

namespace Emotion.Inference.Video;

/// <summary>One face in one sampled picture.</summary>
public sealed record FaceFrame
{
    /// <summary>Clip time of the picture.</summary>
    public required double Seconds { get; init; }

    /// <summary>As shares of the picture's width and height.</summary>
    public required FaceBox Box { get; init; }

    /// <summary>As shares of the picture's width and height; left and right as seen in the picture.</summary>
    public required FaceLandmarks Landmarks { get; init; }

    public required float DetectionScore { get; init; }

    /// <summary><c>[8]</c>; empty where the face was refused.</summary>
    public float[] Posterior { get; init; } = [];

    /// <summary>The frame network's embedding, input of the sequence network; empty where the face was refused.</summary>
    public float[] Embedding { get; init; } = [];

    /// <summary>Variance of the Laplacian of the crop.</summary>
    public float Sharpness { get; init; }

    /// <summary>Mean of the crop, 0..1.</summary>
    public float Brightness { get; init; }

    /// <summary>Side of the face's square in the decoded picture, in pixels.</summary>
    public float Size { get; init; }

    /// <summary>Where the head looks.</summary>
    public FacePose Pose { get; init; }

    /// <summary>The picture's <see cref="SceneSignature"/>, by which cuts from segment to segment are told; empty where there is none.</summary>
    public byte[] Scene { get; init; } = [];

    /// <summary>The picture's segment; null where it is not known.</summary>
    public uint? Segment { get; init; }

    /// <summary>Cuts in the segment up to this picture, told from all its pictures.</summary>
    public long Cuts { get; init; }

    /// <summary>See <see cref="Video.MouthOpening"/>.</summary>
    public float MouthOpening { get; init; }

    /// <summary>Why the face was found but not read.</summary>
    public Abstention? Refusal { get; init; }
}
