using System.ComponentModel.DataAnnotations;

namespace Emotion.Inference.Video;

/// <summary>Section <c>Tracks</c>: what is told of the faces of a clip. What a face is said to express does not depend on it.</summary>
public sealed class TrackOptions
{
    public const string SectionName = "Tracks";

    /// <summary>Every face that the package's spec follows, and no heat.</summary>
    public static TrackOptions Plain { get; } = new() { MaximumFaces = MostFaces, Heat = false };

    private const int MostFaces = 64;

    /// <summary>Faces of a clip that are answered for, at most, the largest and longest first; the package's spec may say less.</summary>
    [Range(1, MostFaces)]
    public int MaximumFaces { get; set; } = 8;

    /// <summary>
    /// Whether each window's answer says which of its pictures mattered. It costs as many sequences as there are face frames in the window,
    /// of a network that is small beside the one that reads faces.
    /// </summary>
    public bool Heat { get; set; } = true;
}
