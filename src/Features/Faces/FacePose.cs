namespace Emotion.Features.Faces;

/// <summary>
/// Where a head looks, in degrees, estimated from five landmarks: no more than a measure of quality, some fifteen degrees off where a head
/// is turned sideways and bowed at once. Yaw is positive towards the right of the picture, pitch positive downwards, roll positive clockwise.
/// </summary>
/// <remarks>
/// Along the line of the eyes (u) and at right angles to it (v), with e the distance between the eyes of a head seen from the front: the
/// tip of the nose stands d = e / 2 before the plane of eyes and mouth. Turned by yaw it shifts by d sin(yaw) while the eyes come to
/// e cos(yaw), so <c>tan(yaw) = (nose.u - mean(eyes.u)) / (e' / 2)</c> with e' as seen. The nose lies at 0.52 of the height h from eyes to
/// mouth, h = 1.03 e (medians over FER2013, decisions/face-frame.md), so <c>tan(pitch) = ((nose.v - eyes.v) / h' - 0.52) 2 h / e</c>.
/// </remarks>
public readonly record struct FacePose(float Yaw, float Pitch, float Roll)
{
    private const float NoseDepth = 0.5f, NoseHeight = 0.524f, MouthHeight = 1.03f;

    /// <summary>The pose; all zero where the landmarks are too flat to tell.</summary>
    public static FacePose Of(FaceLandmarks face)
    {
        var (dx, dy) = (face.RightEye.X - face.LeftEye.X, face.RightEye.Y - face.LeftEye.Y);
        var eyes = MathF.Sqrt(dx * dx + dy * dy);
        var (across, down) = (Upright(face.Nose, face, dx / eyes, dy / eyes), (Upright(face.LeftMouth, face, dx / eyes, dy / eyes).V
            + Upright(face.RightMouth, face, dx / eyes, dy / eyes).V) / 2);
        if (!(eyes > 0) || !(down > 0))
        {
            return default;
        }

        return new FacePose(
            Degrees(MathF.Atan(across.U / eyes / NoseDepth)),
            Degrees(MathF.Atan((across.V / down - NoseHeight) * MouthHeight / NoseDepth)),
            Degrees(MathF.Atan2(dy, dx)));
    }

    // From the middle between the eyes: along their line, and downwards from it.
    private static (float U, float V) Upright(FacePoint point, FaceLandmarks face, float cos, float sin)
    {
        var (x, y) = (point.X - (face.LeftEye.X + face.RightEye.X) / 2, point.Y - (face.LeftEye.Y + face.RightEye.Y) / 2);
        return (x * cos + y * sin, y * cos - x * sin);
    }

    private static float Degrees(float radians) => radians * (180 / MathF.PI);
}
