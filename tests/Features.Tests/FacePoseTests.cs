using Emotion.Features.Faces;

namespace Emotion.Features.Tests;

/// <summary>A head of five points, turned in space and seen from far away.</summary>
public class FacePoseTests
{
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(30, 0, 0)]
    [InlineData(-45, 0, 0)]
    [InlineData(0, 20, 0)]
    [InlineData(0, -25, 0)]
    [InlineData(0, 0, 35)]
    [InlineData(25, 0, -20)]
    public void Of_HeadTurnedOneWay_IsItsAngle(float yaw, float pitch, float roll)
    {
        var pose = FacePose.Of(Seen(yaw, pitch, roll));

        Assert.Equal(yaw, pose.Yaw, 0.2);
        Assert.Equal(pitch, pose.Pitch, 0.2);
        Assert.Equal(roll, pose.Roll, 0.2);
    }

    [Fact]
    public void Of_HeadTurnedBothWays_IsWithinFifteenDegrees()
    {
        var pose = FacePose.Of(Seen(30, 20, 10));

        Assert.Equal(30, pose.Yaw, 15f);
        Assert.Equal(20, pose.Pitch, 15f);
        Assert.Equal(10, pose.Roll, 15f);
    }

    [Fact]
    public void Of_PointsThatCoincide_IsZero() => Assert.Equal(default, FacePose.Of(default));

    // x to the right, y down, z towards the viewer; in distances between the eyes, 80 pixels each.
    private static FaceLandmarks Seen(float yaw, float pitch, float roll)
    {
        FacePoint Point(float x, float y, float z)
        {
            var (a, b, c) = (float.DegreesToRadians(yaw), float.DegreesToRadians(pitch), float.DegreesToRadians(roll));
            (y, z) = (y * MathF.Cos(b) + z * MathF.Sin(b), z * MathF.Cos(b) - y * MathF.Sin(b));
            (x, _) = (x * MathF.Cos(a) + z * MathF.Sin(a), z * MathF.Cos(a) - x * MathF.Sin(a));
            return new FacePoint(
                200 + 80 * (x * MathF.Cos(c) - y * MathF.Sin(c)), 150 + 80 * (x * MathF.Sin(c) + y * MathF.Cos(c)));
        }

        return new FaceLandmarks(
            Point(-0.5f, 0, 0), Point(0.5f, 0, 0), Point(0, 0.54f, 0.5f), Point(-0.39f, 1.03f, 0), Point(0.39f, 1.03f, 0));
    }
}
