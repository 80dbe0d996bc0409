namespace Emotion.Features.Faces;

/// <summary>
/// The five points of a face in pixels, as RetinaFace gives them; left and right as seen in the picture. The centre of the first
/// pixel is at (0.5, 0.5).
/// </summary>
public readonly record struct FaceLandmarks(
    FacePoint LeftEye, FacePoint RightEye, FacePoint Nose, FacePoint LeftMouth, FacePoint RightMouth)
{
    public const int Count = 5;

    public FacePoint this[int index] => index switch
    {
        0 => LeftEye,
        1 => RightEye,
        2 => Nose,
        3 => LeftMouth,
        4 => RightMouth,
        _ => throw new ArgumentOutOfRangeException(nameof(index), index, "A face has five landmarks."),
    };
}

/// <summary>A rectangle in pixels.</summary>
public readonly record struct FaceBox(float Left, float Top, float Right, float Bottom)
{
    public float Width => Right - Left;
    public float Height => Bottom - Top;
    public float Area => Math.Max(0, Width) * Math.Max(0, Height);

    /// <summary>Intersection over union, 0 to 1.</summary>
    public float Overlap(FaceBox other)
    {
        var common = new FaceBox(
            Math.Max(Left, other.Left), Math.Max(Top, other.Top), Math.Min(Right, other.Right), Math.Min(Bottom, other.Bottom));
        var shared = common.Width > 0 && common.Height > 0 ? common.Area : 0;
        var union = Area + other.Area - shared;
        return union > 0 ? shared / union : 0;
    }
}
