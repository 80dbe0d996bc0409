using Emotion.Features.Faces;

namespace Emotion.Features.Tests;

public class FaceAlignerTests
{
    private const int Side = 48;

    // Without normalisation the tensor is gray, 0 to 1.
    private static readonly FaceFrameSpec Gray = Specs.Face with { Equalise = false, Mean = 0, Deviation = 1, MinimumSharpness = 0 };
    private static readonly FaceAligner Aligner = new(Gray);

    [Theory]
    [InlineData(1f, 0f)]
    [InlineData(2.3f, 0f)]
    [InlineData(5.9f, 0.3f)]
    [InlineData(0.6f, -0.4f)]
    [InlineData(7.5f, 2.9f)]
    public void Align_AnySizeAndTurn_GivesTheSameFace(float scale, float angle)
    {
        var place = Placement(scale, angle, 250, 240);
        var face = new float[Aligner.FeatureCount];
        var quality = Aligner.Align(new RgbPicture(Draw(place, 500, 480), 500, 480), Landmarks(place), face);

        for (var v = 0; v < Side; v++)
        {
            for (var u = 0; u < Side; u++)
            {
                Assert.Equal(Pattern(u + 0.5f, v + 0.5f), face[v * Side + u], 0.02);
            }
        }

        Assert.Equal(0, quality.Pose.Yaw, 0.05);
        Assert.Equal(0, quality.Pose.Pitch, 0.05);
        Assert.Equal(0.5, quality.Brightness, 0.02);
    }

    [Fact]
    public void Align_FinePatternMuchShrunk_DoesNotAlias()
    {
        var pixels = new byte[480 * 480 * 3];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y) = (i / 3 % 480, i / 3 / 480);
            pixels[i] = (byte)((x + y) % 2 * 255);
        }

        var face = new float[Aligner.FeatureCount];
        Aligner.Align(new RgbPicture(pixels, 480, 480), Landmarks(Placement(7, 0.2f, 240, 240)), face);
        Assert.All(face, gray => Assert.InRange(gray, 0.47f, 0.53f));
    }

    [Fact]
    public void Align_Colours_AreWeighed()
    {
        var pixels = new byte[60 * 60 * 3];
        for (var i = 0; i < pixels.Length; i += 3)
        {
            (pixels[i], pixels[i + 1], pixels[i + 2]) = (200, 100, 50);
        }

        var face = new float[Aligner.FeatureCount];
        Aligner.Align(new RgbPicture(pixels, 60, 60), Landmarks(Placement(1, 0, 30, 30)), face);
        Assert.All(face, gray => Assert.Equal((0.299 * 200 + 0.587 * 100 + 0.114 * 50) / 255, gray, 1e-4));
    }

    [Theory]
    [InlineData(5, 5)]
    [InlineData(-400, 900)]
    public void Align_FacePartlyOrWhollyOutside_GoesOnWithTheEdge(float x, float y)
    {
        var place = Placement(3, 0.1f, x, y);
        var face = new float[Aligner.FeatureCount];
        Aligner.Align(new RgbPicture(Draw(Placement(3, 0, 60, 60), 120, 120), 120, 120), Landmarks(place), face);
        Assert.All(face, gray => Assert.InRange(gray, 0f, 1f));
    }

    [Fact]
    public void Align_NoseToTheRight_IsYaw()
    {
        var place = Placement(4, 0.2f, 240, 240);
        var landmarks = Landmarks(place);
        var turned = landmarks with { Nose = place.Map(new(0.6f * Side, 0.592f * Side)) };
        var face = new float[Aligner.FeatureCount];
        Assert.True(Aligner.Align(new RgbPicture(Draw(place, 480, 480), 480, 480), turned, face).Pose.Yaw > 10);
    }

    [Fact]
    public void Align_LandmarksThatCoincide_Throws()
    {
        var at = new FacePoint(10, 10);
        Assert.Throws<ArgumentException>(() => Aligner.Align(
            new RgbPicture(new byte[300], 10, 10), new FaceLandmarks(at, at, at, at, at), new float[Aligner.FeatureCount]));
    }

    [Fact]
    public void Align_PoorPicture_AbstainsWithTheReason()
    {
        var aligner = new FaceAligner(Specs.Face);
        var face = new float[aligner.FeatureCount];
        var dark = new byte[100 * 100 * 3];
        Array.Fill(dark, (byte)5);
        var place = Placement(1.5f, 0, 50, 50);
        Assert.Equal(FaceAbstention.TooDark, aligner.Align(new RgbPicture(dark, 100, 100), Landmarks(place), face).Abstention);
        Assert.All(face, value => Assert.True(float.IsFinite(value)));

        var blurred = new byte[100 * 100 * 3];
        for (var i = 0; i < blurred.Length; i++)
        {
            blurred[i] = (byte)(100 + i / 3 % 100);
        }

        Assert.Equal(FaceAbstention.TooBlurred, aligner.Align(new RgbPicture(blurred, 100, 100), Landmarks(place), face).Abstention);
        var small = Placement(0.4f, 0, 50, 50);
        Assert.Equal(FaceAbstention.TooSmall, aligner.Align(new RgbPicture(Draw(small, 100, 100), 100, 100), Landmarks(small), face).Abstention);
    }

    [Fact]
    public void Align_FaceThatFillsThePicture_EqualsTheCrop()
    {
        var gray = Noise(1);
        var pixels = gray.SelectMany(value => new[] { value, value, value }).ToArray();
        var aligner = new FaceAligner(Specs.Face);
        var (cut, given) = (new float[aligner.FeatureCount], new float[aligner.FeatureCount]);
        var place = new Similarity(1, 0, 0, 0);
        var quality = aligner.Align(new RgbPicture(pixels, Side, Side), Landmarks(place), cut);
        Assert.Equal(aligner.FromCrop(gray, given).Sharpness, quality.Sharpness, 1e-3);
        for (var i = 0; i < cut.Length; i++)
        {
            Assert.Equal(given[i], cut[i], 0.03);
        }
    }

    [Fact]
    public void FromCrop_Equalised_IsFlatAndDoesNotChangeWithContrast()
    {
        var aligner = new FaceAligner(Specs.Face with { Mean = 0, Deviation = 1 });
        var (strong, weak) = (new float[aligner.FeatureCount], new float[aligner.FeatureCount]);
        var gray = Array.ConvertAll(Noise(2), value => (byte)(value / 8 * 8));
        aligner.FromCrop(gray, strong);
        aligner.FromCrop(Array.ConvertAll(gray, value => (byte)(80 + value / 8)), weak);
        Assert.Equal(strong, weak);
        Assert.Equal(0, strong.Min());
        Assert.Equal(1, strong.Max());
        Assert.Equal(0.5, strong.Average(), 0.02);
    }

    [Fact]
    public void FromCrop_OneGray_StaysAsItIs()
    {
        var aligner = new FaceAligner(Specs.Face with { Mean = 0, Deviation = 1 });
        var face = new float[aligner.FeatureCount];
        var gray = new byte[aligner.FeatureCount];
        Array.Fill(gray, (byte)51);
        aligner.FromCrop(gray, face);
        Assert.All(face, value => Assert.Equal(0.2f, value, 1e-6));
    }

    [Fact]
    public void FromCrop_OfAnotherSize_Throws()
    {
        Assert.Throws<ArgumentException>(() => Aligner.FromCrop(new byte[100], new float[Aligner.FeatureCount]));
        Assert.Throws<ArgumentException>(() => Aligner.FromCrop(new byte[Aligner.FeatureCount], new float[100]));
    }

    [Fact]
    public void Align_ManyTimes_AllocatesNothingPerPixel()
    {
        var place = Placement(6, 0.1f, 240, 240);
        var pixels = Draw(place, 480, 480);
        var face = new float[Aligner.FeatureCount];
        Aligner.Align(new RgbPicture(pixels, 480, 480), Landmarks(place), face);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Aligner.Align(new RgbPicture(pixels, 480, 480), Landmarks(place), face);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256);
    }

    [Fact]
    public void Spec_OfAnotherRevisionOrContradictory_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new FaceAligner(Gray with { Revision = 99 }));
        Assert.Throws<ArgumentException>(() => new FaceAligner(Gray with { Template = [new(0.5f, 0.5f)] }));
        Assert.Throws<ArgumentException>(() => new FaceAligner(Gray with { GrayWeights = [1, 1, 1] }));
        Assert.Throws<ArgumentException>(() => new FaceAligner(Gray with { Detector = Gray.Detector with { MinimumScore = 2 } }));
        Assert.Throws<ArgumentException>(() => new RgbPicture(new byte[10], 2, 2));
    }

    [Fact]
    public void Similarity_Fit_FindsWhatMadeThePoints()
    {
        var made = new Similarity(0.8f, -0.5f, 12, -7);
        FacePoint[] from = [new(0, 0), new(10, 2), new(3, 9), new(-4, 5)];
        var found = Similarity.Fit(from, Array.ConvertAll(from, made.Map));
        Assert.Equal(made.A, found.A, 1e-5);
        Assert.Equal(made.B, found.B, 1e-5);
        var back = made.Inverse().Map(made.Map(from[1]));
        Assert.Equal(10, back.X, 1e-4);
        Assert.Equal(2, back.Y, 1e-4);
    }

    // A crop placed in a picture: turned, scaled, its middle at (x, y).
    private static Similarity Placement(float scale, float angle, float x, float y)
    {
        var (a, b) = (scale * MathF.Cos(angle), scale * MathF.Sin(angle));
        return new Similarity(a, b, x - (a - b) * Side / 2, y - (a + b) * Side / 2);
    }

    private static FaceLandmarks Landmarks(Similarity place)
    {
        var points = Gray.Template.Select(point => place.Map(new(point.X * Side, point.Y * Side))).ToArray();
        return new FaceLandmarks(points[0], points[1], points[2], points[3], points[4]);
    }

    // Smooth enough that neither one pixel nor 48 of them lose it.
    private static float Pattern(float u, float v) => 0.5f + 0.2f * MathF.Sin(u / 5) * MathF.Cos(v / 7) + 0.1f * MathF.Cos((u - v) / 6);

    private static byte[] Draw(Similarity place, int width, int height)
    {
        var toCrop = place.Inverse();
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < width * height; i++)
        {
            var at = toCrop.Map(new(i % width + 0.5f, i / width + 0.5f));
            pixels.AsSpan(i * 3, 3).Fill((byte)MathF.Round(255 * Pattern(at.X, at.Y)));
        }

        return pixels;
    }

    private static byte[] Noise(int seed)
    {
        var bytes = new byte[Side * Side];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
