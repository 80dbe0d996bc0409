using Aspire.Dashboard;
using Aspire.Dashboard.Telemetry;

namespace Emotion.Compat.Aspire.Dashboard.Tests;

public sealed class TelemetryTests
{
    [Fact]
    public void Traces_OfSeveralServices_AreJoinedAndFound()
    {
        var store = new TraceStore(new DashboardOptions());
        store.Add(Telemetry.Trace());

        var found = Assert.Single(store.List(10, "video-1", failedOnly: true, atLeastMilliseconds: 100));
        var detail = store.Find(Telemetry.TraceId)!;

        Assert.Equal(("POST /v1/analyses", "gateway", 200.0, 2, true), (found.Name, found.Service, found.Duration, found.Spans, found.Failed));
        Assert.Equal(["00f067aa0ba902b7", "00f067aa0ba902b8"], detail.Spans.Select(span => span.Id));
        Assert.Equal(("server", "no decoder", "3"), (detail.Spans[1].Kind, detail.Spans[1].Error, detail.Spans[1].Attributes["emotion.segment"]));
        Assert.Empty(store.List(10, "audio", false, 0));
        Assert.Empty(store.List(10, null, false, atLeastMilliseconds: 201));
    }

    [Fact]
    public void Traces_TooMany_TheOldestGoes_AndSpansBeyondTheLimitAreCounted()
    {
        var store = new TraceStore(new DashboardOptions { Traces = 10, SpansOfATrace = 10 });
        for (var i = 0; i < 11; i++)
        {
            store.Add(Telemetry.Trace(i.ToString("x32"), 1_795_980_000_000 + i));
        }

        for (var i = 0; i < 5; i++)
        {
            store.Add(Telemetry.Trace(10.ToString("x32")));
        }

        var newest = store.Find(10.ToString("x32"))!;
        Assert.Null(store.Find(0.ToString("x32")));
        Assert.NotNull(store.Find(1.ToString("x32")));
        Assert.Equal((10, 2), (newest.Summary.Spans, newest.Summary.Dropped));
    }

    [Fact]
    public void Logs_AreFoundBySeverityAndText_NewestFirst_AndBounded()
    {
        var store = new LogStore(new DashboardOptions { LogRecords = 10 });
        for (var i = 0; i < 12; i++)
        {
            store.Add(Telemetry.Log($"message {i}", i % 2 == 0 ? 9 : 17));
        }

        Assert.Equal(["message 11", "message 9"], store.List(2, "gateway", severity: 17, Telemetry.TraceId, "MESSAGE").Select(record => record.Message));
        Assert.Equal(10, store.List(100, null, 0, null, null).Count);
        Assert.Empty(store.List(100, null, 0, "another", null));
    }

    [Fact]
    public void Counter_IsARate_AndAProcessThatBeganAnewIsNoFall()
    {
        var store = new MetricStore(new DashboardOptions());
        foreach (var (seconds, value) in ((double, long)[])[(0, 100), (5, 150), (10, 10), (15, 60)])
        {
            store.Add(Telemetry.Counter(seconds, value));
        }

        var curve = Assert.Single(store.Curves("emotion.inference.items", "video-1"));

        Assert.Equal([10, 10], curve.Values);
        Assert.Equal("counter", Assert.Single(store.List()).Kind);
    }

    [Fact]
    public void Histogram_IsQuantilesOfWhatCameSinceThePointBefore()
    {
        var store = new MetricStore(new DashboardOptions());
        store.Add(Telemetry.Histogram(0, 1000, 0, 0, 0));
        store.Add(Telemetry.Histogram(5, 1000, 10, 0, 0)); // Ten between 0.1 and 0.2.
        store.Add(Telemetry.Histogram(10, 1000, 10, 0, 0)); // Nothing came: no point.
        store.Add(Telemetry.Histogram(15, 1000, 10, 0, 4)); // Above the last bound: told as that.

        var curve = Assert.Single(store.Curves("emotion.inference.compute_time", null));

        Assert.Equal([0.15, 0.4], curve.Values, (expected, actual) => Math.Abs(expected - actual) < 1e-9);
        Assert.Equal([0.195, 0.4], curve.Upper!, (expected, actual) => Math.Abs(expected - actual) < 1e-9);
    }

    [Fact]
    public void Metrics_SeriesAndPointsAreBounded()
    {
        var store = new MetricStore(new DashboardOptions { Series = 10, Points = 10 });
        for (var i = 0; i < 20; i++)
        {
            store.Add(Telemetry.Counter(i, i));
        }

        Assert.Equal(9, Assert.Single(store.Curves("emotion.inference.items", null)).Values.Count);
    }

    [Fact]
    public void Console_KeepsTheLastLines_AndCutsLongOnes()
    {
        var lines = new ConsoleLines(new DashboardOptions { ConsoleLines = 10, LineLength = 80 }, TimeProvider.System);
        for (var i = 1; i <= 12; i++)
        {
            lines.Write("gateway", new string('x', 100));
        }

        Assert.Equal([3, 12], lines.After("gateway", 0).Select(line => line.Number).Where(number => number is 3 or 12));
        Assert.Equal(10, lines.After("GATEWAY", 0).Count);
        Assert.Equal([11, 12], lines.After("gateway", 10).Select(line => line.Number));
        Assert.Equal(84, lines.After("gateway", 11)[0].Text.Length);
    }
}
