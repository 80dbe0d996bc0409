using Emotion.Features.Faces;

namespace Emotion.Features.Tests;

public class FaceTrackerTests
{
    [Fact]
    public void Add_TwoPeopleWhoMove_KeepTheirIds()
    {
        var tracker = new FaceTracker(Specs.Face.Tracks);
        for (var picture = 0; picture < 50; picture++)
        {
            var left = Box(100 + 3 * picture, 100);
            var right = Box(500 - 3 * picture, 120);
            var ids = Add(tracker, picture * 0.2, picture % 2 == 0 ? [left, right] : [right, left]);
            Assert.Equal(picture % 2 == 0 ? [0, 1] : [1, 0], ids);
        }
    }

    [Fact]
    public void Add_FaceAwayForAWhile_IsTheSameWithinTheGapOnly()
    {
        var tracker = new FaceTracker(Specs.Face.Tracks);
        Assert.Equal([0], Add(tracker, 0, [Box(100, 100)]));
        Assert.Empty(Add(tracker, 0.2, []));
        Assert.Equal([0], Add(tracker, 1.0, [Box(120, 100)]));
        Assert.Equal([1], Add(tracker, 2.2, [Box(120, 100)]));
    }

    [Fact]
    public void Add_QuickJump_IsTheSameByDistanceAndFarIsNot()
    {
        var tracker = new FaceTracker(Specs.Face.Tracks);
        Add(tracker, 0, [Box(100, 100)]);
        Assert.Equal([0], Add(tracker, 0.2, [Box(155, 100)]));
        Assert.Equal([1], Add(tracker, 0.4, [Box(400, 100)]));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1 / 1920f, 1 / 1080f)]
    [InlineData(1 / 480f, 1 / 1920f)]
    public void Add_PixelsOrSharesOfAnyShape_JoinsTheSameFaces(float across, float down)
    {
        FaceBox At(float left, float top) => new(left * across, top * down, (left + 100) * across, (top + 120) * down);
        var tracker = new FaceTracker(Specs.Face.Tracks with { MinimumOverlap = 0.99f, MaximumCentreDistance = 0.6f });
        Add(tracker, 0, [At(100, 100)]);
        Assert.Equal([0], Add(tracker, 0, [At(159, 100)]));
        Assert.Equal([1], Add(tracker, 0, [At(220, 100)]));
        tracker.Cut();
        Add(tracker, 1, [At(100, 100)]);
        Assert.Equal([2], Add(tracker, 1, [At(100, 171)]));
        Assert.Equal([3], Add(tracker, 1, [At(100, 244)]));
    }

    [Fact]
    public void Add_TwoCandidates_TheBetterOverlapWins()
    {
        var tracker = new FaceTracker(Specs.Face.Tracks);
        Add(tracker, 0, [Box(100, 100)]);
        Assert.Equal([1, 0], Add(tracker, 0.2, [Box(140, 100), Box(105, 100)]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Add_TwoPeopleWhoCross_KeepTheirIds(int hidden)
    {
        var tracker = new FaceTracker(Specs.Face.Tracks);
        for (var picture = 0; picture <= 30; picture++)
        {
            var (front, back) = (Box(20 * picture, 100), Box(600 - 20 * picture, 110));
            // The one behind is not to be seen for 2 * hidden + 1 pictures, or both always are.
            FaceBox[] faces = hidden > 0 && Math.Abs(picture - 15) <= hidden ? [front] : picture % 2 == 0 ? [front, back] : [back, front];
            var ids = Add(tracker, picture * 0.2, faces);
            Assert.Equal(faces.Length == 1 ? [0] : picture % 2 == 0 ? [0, 1] : [1, 0], ids);
        }
    }

    [Fact]
    public void Add_SmallFaceWhereALargeOneWas_IsAnother()
    {
        var tracker = new FaceTracker(Specs.Face.Tracks);
        Add(tracker, 0, [Box(100, 100)]);
        Assert.Equal([1], Add(tracker, 0.2, [new FaceBox(130, 130, 170, 170)]));
    }

    [Fact]
    public void Cut_SamePlaceAfter_IsAnotherFace()
    {
        var tracker = new FaceTracker(Specs.Face.Tracks);
        Assert.Equal([0], Add(tracker, 0, [Box(100, 100)]));
        tracker.Cut();
        Assert.Equal([1], Add(tracker, 0.2, [Box(100, 100)]));
    }

    [Fact]
    public void Add_ManyScenes_EveryFaceGetsATrack()
    {
        var tracker = new FaceTracker(Specs.Face.Tracks with { MaximumTracks = 2 });
        for (var scene = 0; scene < 100; scene++)
        {
            tracker.Cut();
            Assert.Equal([scene], Add(tracker, scene, [Box(100, 100)]));
        }

        Assert.Equal(100, tracker.TrackCount);
    }

    [Fact]
    public void Add_TimeGoesBack_Throws()
    {
        var tracker = new FaceTracker(Specs.Face.Tracks);
        Add(tracker, 1, []);
        Assert.Throws<ArgumentOutOfRangeException>(() => Add(tracker, 0.5, []));
    }

    [Fact]
    public void Overlap_OfBoxes_IsIntersectionOverUnion()
    {
        Assert.Equal(1, Box(0, 0).Overlap(Box(0, 0)));
        Assert.Equal(1 / 3f, Box(0, 0).Overlap(Box(50, 0)), 1e-6);
        Assert.Equal(0, Box(0, 0).Overlap(Box(200, 200)));
        Assert.Equal(0, default(FaceBox).Overlap(default));
    }

    private static FaceBox Box(float left, float top) => new(left, top, left + 100, top + 100);

    private static int[] Add(FaceTracker tracker, double seconds, FaceBox[] boxes)
    {
        var ids = new int[boxes.Length];
        tracker.Add(seconds, boxes, ids);
        return ids;
    }
}
