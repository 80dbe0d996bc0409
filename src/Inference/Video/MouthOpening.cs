using Emotion.Features.Faces;

namespace Emotion.Inference.Video;

/// <summary>
/// How far the mouth is open, from the aligned crop. Five landmarks do not tell lips apart, but the inside of an open mouth is the
/// darkest thing below the nose: this counts, in the columns between the corners, the pixels from upper lip to chin that are much
/// darker than the skin beside the nose. Meant to be compared with itself over time, against the loudness of the sound.
/// </summary>
internal static class MouthOpening
{
    // Of the skin's gray. Lips of an equalised crop have 0.3 to 0.6, the inside of an open mouth 0 to 0.2.
    private const float DarkShare = 0.25f;

    /// <param name="face">Tensor of the aligner, <c>[CropSize, CropSize]</c>.</param>
    /// <returns>Mean height of the dark part as a share of the crop's height, 0..1.</returns>
    public static float Measure(ReadOnlySpan<float> face, FaceFrameSpec spec)
    {
        var side = spec.CropSize;
        var (nose, left, right) = (spec.Template[2], spec.Template[3], spec.Template[4]);
        var mouth = (left.Y + right.Y) / 2;
        var reach = mouth - nose.Y;
        var (x0, x1) = Range(left.X + 0.2f * (right.X - left.X), right.X - 0.2f * (right.X - left.X), side);
        var (y0, y1) = Range(mouth - 0.4f * reach, mouth + 1.0f * reach, side);
        var (skinTop, skinBottom) = Range(nose.Y - 0.5f * reach, nose.Y + 0.2f * reach, side);
        var skin = Mean(face, spec, left.X, right.X, skinTop, skinBottom);
        var dark = 0;
        for (var y = y0; y < y1; y++)
        {
            for (var x = x0; x < x1; x++)
            {
                dark += Gray(face[y * side + x], spec) < DarkShare * skin ? 1 : 0;
            }
        }

        return (float)dark / ((x1 - x0) * side);
    }

    private static float Mean(ReadOnlySpan<float> face, FaceFrameSpec spec, float left, float right, int y0, int y1)
    {
        var (x0, x1) = Range(left, right, spec.CropSize);
        var sum = 0f;
        for (var y = y0; y < y1; y++)
        {
            for (var x = x0; x < x1; x++)
            {
                sum += Gray(face[y * spec.CropSize + x], spec);
            }
        }

        return sum / ((x1 - x0) * (y1 - y0));
    }

    private static float Gray(float value, FaceFrameSpec spec) => value * spec.Deviation + spec.Mean;

    private static (int From, int To) Range(float from, float to, int side)
    {
        var first = Math.Clamp((int)MathF.Round(from * side), 0, side - 1);
        return (first, Math.Clamp((int)MathF.Round(to * side), first + 1, side));
    }
}
