using FsCheck;
using FsCheck.Fluent;

namespace Emotion.Features.Tests;

public class ClipWindowsTests
{
    [Theory]
    [InlineData(0, "")]
    [InlineData(0.1, "0-0.1")]
    [InlineData(2.94, "0-2.94")]
    [InlineData(4, "0-4")]
    [InlineData(5.4, "0-5.4")]
    [InlineData(5.5, "0-4 4-5.5")]
    [InlineData(8, "0-4 4-8")]
    [InlineData(9.4, "0-4 4-9.4")]
    [InlineData(10, "0-4 4-8 8-10")]
    public void Cut_Durations_FollowTheRule(double seconds, string expected)
    {
        var windows = ClipWindows.Cut(seconds, Specs.Windows);
        Assert.Equal(expected, string.Join(' ', windows.Select(w => $"{w.StartSeconds}-{w.EndSeconds}")));
        Assert.Equal(Enumerable.Range(0, windows.Count), windows.Select(w => w.Index));
    }

    [Fact]
    public void Cut_AnyDuration_CoversItWithoutGapAndWithinBounds() => Check.One(
        Config.QuickThrowOnFailure,
        Prop.ForAll(Seconds, seconds =>
        {
            var windows = ClipWindows.Cut(seconds, Specs.Windows);
            return windows[0].StartSeconds == 0 && windows[^1].EndSeconds == seconds
                && windows.Zip(windows.Skip(1)).All(pair => pair.First.EndSeconds == pair.Second.StartSeconds)
                && windows.SkipLast(1).All(window => window.LengthSeconds == 4)
                && windows.All(window => window.LengthSeconds < 5.5)
                && (windows.Count == 1 || windows[^1].LengthSeconds >= 1.5);
        }));

    [Fact]
    public void Cutter_AnyArrival_EqualsBatch() => Check.One(
        Config.QuickThrowOnFailure,
        Prop.ForAll(Seconds, ArbMap.Default.ArbFor<PositiveInt>(), (seconds, step) =>
        {
            var cutter = new ClipWindowCutter(Specs.Windows);
            var streamed = new List<ClipWindow>();
            for (var arrived = 0.0; arrived < seconds; arrived += step.Get * 0.37)
            {
                streamed.AddRange(cutter.Advance(arrived));
                Assert.All(streamed, window => Assert.True(window.EndSeconds <= arrived));
            }

            streamed.AddRange(cutter.Complete(seconds));
            return streamed.SequenceEqual(ClipWindows.Cut(seconds, Specs.Windows));
        }));

    [Fact]
    public void Samples_OfAWindow_MeetThoseOfTheNext()
    {
        var windows = ClipWindows.Cut(9.99997, Specs.Windows);
        Assert.Equal(0..64000, windows[0].Samples(16000, 159999));
        Assert.Equal(64000..128000, windows[1].Samples(16000, 159999));
        Assert.Equal(128000..159999, windows[2].Samples(16000, 159999));
    }

    [Fact]
    public void Cutter_TimeGoesBackOrGoesOnAfterTheEnd_Throws()
    {
        var cutter = new ClipWindowCutter(Specs.Windows);
        cutter.Advance(3);
        Assert.Throws<ArgumentOutOfRangeException>(() => cutter.Advance(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => cutter.Advance(double.NaN));
        cutter.Complete(3);
        Assert.Throws<InvalidOperationException>(() => cutter.Advance(4));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(4, 0)]
    [InlineData(4, 5)]
    [InlineData(double.NaN, 1)]
    [InlineData(double.PositiveInfinity, 1)]
    public void Spec_ThatMakesNoRule_IsRefused(double length, double tail) => Assert.Throws<ArgumentException>(
        () => ClipWindows.Cut(1, new ClipWindowSpec { LengthSeconds = length, MinimumTailSeconds = tail }));

    private static Arbitrary<double> Seconds => Gen.Choose(1, 60_000).Select(milliseconds => milliseconds / 1000.0).ToArbitrary();
}
