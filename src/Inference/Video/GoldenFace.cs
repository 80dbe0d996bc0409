using Emotion.Features.Faces;
using Emotion.Inference.Golden;

namespace Emotion.Inference.Video;

/// <summary>The drawn face of a video model's golden example: gray values <c>[96, 96]</c> and where its five landmarks are.</summary>
internal static class GoldenFace
{
    private const int Side = 96;

    private static readonly float[] Points = [34, 40, 62, 41, 48, 55, 37, 68, 60, 69];

    public static GoldenInputs Inputs()
    {
        var gray = new float[Side * Side];
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                var value = 60.0 + 0.5 * x;
                value = Blend(value, 190 - 0.4 * x, Ellipse(x, y, 48, 50, 30, 40));
                value = Blend(value, 40, Ellipse(x, y, Points[0], Points[1], 6, 3));
                value = Blend(value, 40, Ellipse(x, y, Points[2], Points[3], 6, 3));
                value = Blend(value, 120, Ellipse(x, y, Points[4], Points[5], 4, 6));
                value = Blend(value, 50, Ellipse(x, y, 48.5f, 69, 12, 5));
                gray[y * Side + x] = (float)Math.Round(value);
            }
        }

        return new GoldenInputs { ["picture"] = gray, ["landmarks"] = [.. Points] };
    }

    /// <summary>The gray values as an RGB24 picture.</summary>
    public static (byte[] Pixels, int Side) Picture(GoldenInputs inputs)
    {
        var gray = inputs.Get("picture");
        var side = (int)Math.Sqrt(gray.Length);
        var pixels = new byte[3 * side * side];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)gray[i / 3];
        }

        return (pixels, side);
    }

    public static FaceLandmarks Landmarks(GoldenInputs inputs)
    {
        var p = inputs.Get("landmarks");
        return new FaceLandmarks(new(p[0], p[1]), new(p[2], p[3]), new(p[4], p[5]), new(p[6], p[7]), new(p[8], p[9]));
    }

    private static double Blend(double below, double above, double share) => below + (above - below) * share;

    // 1 inside, 0 outside, a soft edge between.
    private static double Ellipse(float x, float y, float cx, float cy, float rx, float ry)
    {
        var distance = Math.Pow((x - cx) / rx, 2) + Math.Pow((y - cy) / ry, 2);
        return Math.Clamp(1.5 - distance, 0, 1);
    }
}
