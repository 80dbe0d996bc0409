using Emotion.Inference.Video;

namespace Emotion.Inference.Tests;

public class MouthOpeningTests
{
    [Fact]
    public void Measure_MouthOpens_Rises()
    {
        var openings = new[] { 0, 2, 5, 9 }.Select(height => MouthOpening.Measure(Face(height), Packages.FaceFrame)).ToArray();

        Assert.Equal(0, openings[0]);
        Assert.Equal(openings.Order(), openings);
        Assert.Equal(9f / 48, openings[3], 2);
    }

    [Fact]
    public void Measure_LightHalved_StaysTheSame()
    {
        var bright = Face(height: 6);
        var dim = Array.ConvertAll(bright, value => (value * 0.29f + 0.5f) / 2 is var gray ? (gray - 0.5f) / 0.29f : 0);

        Assert.Equal(MouthOpening.Measure(bright, Packages.FaceFrame), MouthOpening.Measure(dim, Packages.FaceFrame));
    }

    // Skin of gray 0.6; the inside of the mouth, 0.05, as wide as the template's mouth from its line downwards.
    private static float[] Face(int height)
    {
        var face = new float[48 * 48];
        for (var i = 0; i < face.Length; i++)
        {
            var (x, y) = (i % 48, i / 48);
            var inside = x is >= 17 and < 31 && y >= 36 && y < 36 + height;
            face[i] = ((inside ? 0.05f : 0.6f) - 0.5f) / 0.29f;
        }

        return face;
    }
}
