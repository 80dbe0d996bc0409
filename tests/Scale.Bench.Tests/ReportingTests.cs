using Emotion.ScaleBench.Measuring;
using Emotion.ScaleBench.Reporting;
using Emotion.ScaleBench.Simulation;

namespace Emotion.Scale.Bench.Tests;

public sealed class ReportingTests
{
    /// <summary>Video takes eight times as long as the gateway; a clip is 2 core-seconds in all.</summary>
    private static readonly ClipCostMeasurements Clip = new(
        ClipSeconds: 8, ClipBytes: 1_000_000, N: 4, IdleCores: 0,
        new Dictionary<string, ServiceCost>
        {
            ["gateway"] = new(0.05, 0.1), ["audio"] = new(0.15, 0), ["video"] = new(0.8, 0.4), ["text"] = new(0.45, 0), ["fusion"] = new(0.05, 0),
        },
        FfmpegStart: 0.04, FfmpegReadyStart: 0.01,
        new Dictionary<string, IReadOnlyList<double>> { ["video"] = [0.9, 1.1, 1.3], ["split"] = [0.1, 0.2] },
        LatencySeconds: [1.5, 1.6], InFlight: 2, PerMinute: 50, PerMinuteN: 20);

    /// <summary>Every figure is what two slots of one second each give, or one slot for each replica: nothing may be off by more than chance.</summary>
    [Fact]
    public void Reproduction_OfWhatFollowsFromItsServiceTimes_IsRight()
    {
        var service = new OverloadMeasurements(
            Slots: 2, Waiting: 4, PeakCallers: 4, PeakPerSecond: 2, PeakN: 100, UnloadedP50Seconds: 1, UnloadedN: 30, ServiceSeconds: [1.001, 1.001],
            RoundTripSeconds: 0.001, OfferedPerSecond: 6, GoodputPerSecond: 2, AnsweredN: 100, AnsweredP50Seconds: 3, RefusedN: 100, RefusedWithoutHint: 0,
            Failed: 0, RejectP50Ms: 1, RejectP95Ms: 2, MemoryBeforeMb: 1, MemoryMaximumMb: 1, MemoryAfterMb: 1, RecoveryS: 1);
        var replicas = new ReplicaMeasurements(
            LoadBefore: 0, CoresEach: 0.5, "none", SegmentSeconds: 4, CallersEach: 3, Slots: 1, Waiting: 16, [.. Enumerable.Range(1, 3).Select(count => new ReplicaRun(count, 1, count, 10))],
            ServiceSeconds: [1.001], RoundTripSeconds: 0.001, Spread: [1, 1, 1]);

        var figures = Reproduction.Of(replicas, new ServiceMeasurements(service, service, service, new CancellationMeasurements([], []), Clip));

        Assert.Equal(12, figures.Count);
        Assert.All(figures, figure => Assert.InRange(figure.Error, 0, 0.06));
    }

    [Fact]
    public void ScaleOut_GatewayOfOneCore_BoundsWhatItCanCut()
    {
        var (steps, more) = (ScaleOut.Of(Clip, roundTrip: 0.001, gatewayCores: 1), ScaleOut.Of(Clip, roundTrip: 0.001, gatewayCores: 2));

        Assert.Equal(8, ScaleOut.Limit(steps));
        Assert.Equal(1 / 0.15, steps[^1].PerSecond, 0.05);
        Assert.Equal(3, steps[2].Ratio, 0.03);
        Assert.Equal(2 / 0.15, more[^1].PerSecond, 0.1);
        Assert.InRange(ScaleOut.Limit(more), 16, 18);
    }

    [Fact]
    public void Capacity_MoreClips_NeedMoreOfWhatCostsMost()
    {
        var capacity = new Capacity(Clip, roundTrip: 0.001);

        var (few, many) = (capacity.Of(10, Choice.InTurn), capacity.Of(3000, Choice.InTurn));

        Assert.Equal((1, 1), (few.Machines, few.Processes["video"]));
        Assert.Equal(100, many.Cores, 0.01);
        Assert.InRange(many.Busy, 0.4, 0.96);
        Assert.True(many.P95Seconds <= 2 * many.AloneP95Seconds);
        Assert.Equal("video", many.Processes.MaxBy(service => service.Value).Key);
        Assert.InRange(many.Machines, many.Cores / 2, many.Cores / 2 / 0.4); // As busy as above.
    }

    [Fact]
    public void MarkedText_PartsOfAPage_AreReplacedAndTheRestIsLeft()
    {
        const string Page = "# A\n<!-- figures: one -->\nold\n<!-- end of figures -->\nprose\n<!-- figures: two -->\n<!-- end of figures -->\n";

        var filled = MarkedText.Fill(Page, new Dictionary<string, string> { ["one"] = "1\n", ["two"] = "2" });

        Assert.Equal("# A\n<!-- figures: one -->\n1\n<!-- end of figures -->\nprose\n<!-- figures: two -->\n2\n<!-- end of figures -->\n", filled);
        Assert.Equal(filled, MarkedText.Fill(filled, new Dictionary<string, string> { ["one"] = "1", ["two"] = "2" }));
        Assert.Contains("'two'", Assert.Throws<InvalidOperationException>(() => MarkedText.Fill(Page, new Dictionary<string, string> { ["one"] = "1" })).Message);
        Assert.Contains("three", Assert.Throws<InvalidOperationException>(
            () => MarkedText.Fill(Page, new Dictionary<string, string> { ["one"] = "1", ["two"] = "2", ["three"] = "3" })).Message);
    }
}
