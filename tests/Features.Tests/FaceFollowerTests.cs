using Emotion.Features.Faces;

namespace Emotion.Features.Tests;

/// <summary>A drawn face of random patches that moves before a picture of other random patches.</summary>
public class FaceFollowerTests
{
    private const int Width = 640, Height = 360, Side = 48;
    private static readonly FaceFollowSpec Bounds = new() { MinimumCorrelation = 0.8f, Reach = 0.4f };

    [Theory]
    [InlineData(3f, 0, 0, 1f, 0f)]
    [InlineData(3f, 30, -12, 1f, 0f)]
    [InlineData(3f, -35, 30, 1.08f, 0.1f)]
    [InlineData(1.2f, 12, 8, 0.95f, -0.08f)]
    [InlineData(0.9f, -9, 3, 1f, 0.05f)]
    public void Follow_FaceThatMoves_IsFoundWhereItIs(float scale, float dx, float dy, float growth, float turn)
    {
        var (before, after) = (Placement(scale, 0.05f, 300, 180), Placement(scale * growth, 0.05f + turn, 300 + dx, 180 + dy));
        var follower = new FaceFollower(Specs.Face, Bounds);
        Assert.True(follower.Remember(Draw(before, 1, 0), Box(before), Landmarks(before)));

        // Darker, too, and of less contrast.
        var correlation = follower.Follow(Draw(after, 0.7f, 20), out var box, out var landmarks);

        Assert.InRange(correlation, 0.95f, 1.0001f);
        var expected = Landmarks(after);
        for (var i = 0; i < FaceLandmarks.Count; i++)
        {
            Assert.Equal(expected[i].X, landmarks[i].X, 0.02 * Side * scale);
            Assert.Equal(expected[i].Y, landmarks[i].Y, 0.02 * Side * scale);
        }

        Assert.InRange(Box(after).Overlap(box), 0.85f, 1f);
    }

    [Fact]
    public void Follow_FaceThatLeft_CorrelatesTooLittle()
    {
        var place = Placement(3, 0, 300, 180);
        var follower = new FaceFollower(Specs.Face, Bounds);
        follower.Remember(Draw(place, 1, 0), Box(place), Landmarks(place));

        Assert.InRange(follower.Follow(Draw(Placement(3, 0, -400, 180), 1, 0), out _, out _), -1f, Bounds.MinimumCorrelation - 0.05f);
    }

    [Fact]
    public void Remember_FaceOfOneGray_CannotBeFollowed()
    {
        var place = Placement(3, 0, 300, 180);

        Assert.False(new FaceFollower(Specs.Face, Bounds).Remember(
            new RgbPicture(new byte[Width * Height * 3], Width, Height), Box(place), Landmarks(place)));
    }

    [Fact]
    public void Follow_ManyTimes_AllocatesNothing()
    {
        var place = Placement(3, 0, 300, 180);
        var pixels = Pixels(place, 1, 0);
        var follower = new FaceFollower(Specs.Face, Bounds);
        follower.Remember(new RgbPicture(pixels, Width, Height), Box(place), Landmarks(place));
        follower.Follow(new RgbPicture(pixels, Width, Height), out _, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        follower.Follow(new RgbPicture(pixels, Width, Height), out _, out _);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 128);
    }

    [Fact]
    public void Signature_MovedOrLitOtherwise_IsTheSceneAndOtherPatchesAreNot()
    {
        var here = Signature(Draw(Placement(3, 0, 300, 180), 1, 0));

        Assert.False(SceneSignature.Differ(here, Signature(Draw(Placement(3, 0.1f, 340, 170), 1, 0))));
        Assert.False(SceneSignature.Differ(here, Signature(Draw(Placement(3, 0, 300, 180), 0.5f, 60))));
        Assert.True(SceneSignature.Differ(here, Signature(Draw(Placement(3, 0, 300, 180), -1, 255))));
        Assert.False(SceneSignature.Differ(here, []));
        Assert.Equal(SceneSignature.Length, Signature(new RgbPicture(new byte[3], 1, 1)).Length);
    }

    [Fact]
    public void Signature_PictureOfOneColour_IsThatColour()
    {
        var pixels = new byte[50 * 40 * 3];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)(10 + 20 * (i % 3));
        }

        var signature = Signature(new RgbPicture(pixels, 50, 40));

        Assert.All(Enumerable.Range(0, SceneSignature.Length), i => Assert.Equal(10 + 20 * (i % 3), signature[i]));
    }

    private static byte[] Signature(RgbPicture picture)
    {
        var signature = new byte[SceneSignature.Length];
        SceneSignature.Write(picture, signature);
        return signature;
    }

    private static Similarity Placement(float scale, float angle, float x, float y)
    {
        var (a, b) = (scale * MathF.Cos(angle), scale * MathF.Sin(angle));
        return new Similarity(a, b, x - (a - b) * Side / 2, y - (a + b) * Side / 2);
    }

    private static FaceLandmarks Landmarks(Similarity place)
    {
        var points = Specs.Face.Template.Select(point => place.Map(new(point.X * Side, point.Y * Side))).ToArray();
        return new FaceLandmarks(points[0], points[1], points[2], points[3], points[4]);
    }

    private static FaceBox Box(Similarity place)
    {
        var centre = place.Map(new(Side / 2f, Side / 2f));
        var half = place.Scale * Side / 2;
        return new FaceBox(centre.X - half, centre.Y - half, centre.X + half, centre.Y + half);
    }

    private static RgbPicture Draw(Similarity place, float contrast, float light) => new(Pixels(place, contrast, light), Width, Height);

    private static byte[] Pixels(Similarity place, float contrast, float light)
    {
        var toFace = place.Inverse();
        var pixels = new byte[Width * Height * 3];
        for (var i = 0; i < Width * Height; i++)
        {
            var (x, y) = (i % Width + 0.5f, i / Width + 0.5f);
            var (u, v) = toFace.Map(new(x, y));
            var inside = u is >= 0 and < Side && v is >= 0 and < Side;
            var gray = inside ? Patches(u / 6, v / 6, 1) : Patches(x / 90, y / 90, 2);
            pixels.AsSpan(i * 3, 3).Fill((byte)Math.Clamp(contrast * gray + light, 0, 255));
        }

        return pixels;
    }

    // Random values at whole places, bilinear between them.
    private static float Patches(float x, float y, int seed)
    {
        var (x0, y0) = ((int)x, (int)y);
        var (fx, fy) = (x - x0, y - y0);
        var upper = Value(x0, y0, seed) + (Value(x0 + 1, y0, seed) - Value(x0, y0, seed)) * fx;
        var lower = Value(x0, y0 + 1, seed) + (Value(x0 + 1, y0 + 1, seed) - Value(x0, y0 + 1, seed)) * fx;
        return upper + (lower - upper) * fy;
    }

    private static float Value(int x, int y, int seed) => 40 + ((uint)(x * 374761393 + y * 668265263 + seed * 1274126177) * 2246822519u >> 24) * 0.7f;
}
