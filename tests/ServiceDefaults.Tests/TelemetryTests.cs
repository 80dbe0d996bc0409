using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Emotion.SystemTests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.ServiceDefaults.Tests;

public sealed class TelemetryTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Telemetry_WithAnEndpointConfigured_GoOutWithOurSourcesAndWithoutProbes_BesideMetricsAndLogs()
    {
        await using var receiver = await OtlpReceiver.StartAsync(Cancelled);
        using var source = new ActivitySource("Emotion.Anything");
        var app = await StartAsync(source, new Dictionary<string, string?>(receiver.Environment.Select(
            each => KeyValuePair.Create(each.Key, (string?)each.Value))) { ["OTEL_SERVICE_NAME"] = "tested" });

        await Client.GetStringAsync($"{app.Urls.Single()}/health", Cancelled);
        var traceId = await Client.GetStringAsync($"{app.Urls.Single()}/work", Cancelled);
        await app.StopAsync(Cancelled);
        await app.DisposeAsync();

        Assert.All(receiver.Spans, span => Assert.Equal("tested", span.Service));
        var request = Assert.Single(receiver.Spans, span => span.Source == "Microsoft.AspNetCore");
        var ours = Assert.Single(receiver.Spans, span => span.Source == "Emotion.Anything");
        Assert.Equal(traceId, ours.TraceId);
        Assert.Equal(request.SpanId, ours.ParentId);
        Assert.Equal(["logs", "metrics"], receiver.OtherSignals.Order());
    }

    [Fact]
    public async Task TraceId_WithoutAnyCollector_IsStillThere()
    {
        using var source = new ActivitySource("Emotion.Anything");
        await using var app = await StartAsync(source, []);

        Assert.Equal(32, (await Client.GetStringAsync($"{app.Urls.Single()}/work", Cancelled)).Length);
    }

    [Fact]
    public async Task Traces_ShareOfNone_FailedSpansGoOutAllTheSame()
    {
        await using var receiver = await OtlpReceiver.StartAsync(Cancelled);
        using var source = new ActivitySource("Emotion.Anything");
        var app = await StartAsync(source, new Dictionary<string, string?>(receiver.Environment.Select(
            each => KeyValuePair.Create(each.Key, (string?)each.Value))) { ["Telemetry:TraceShare"] = "0" });

        await Client.GetStringAsync($"{app.Urls.Single()}/work", Cancelled);
        using (var failed = source.StartActivity("failed"))
        {
            failed!.SetStatus(ActivityStatusCode.Error, "broken");
        }

        await app.StopAsync(Cancelled);
        await app.DisposeAsync();

        Assert.Equal("failed", Assert.Single(receiver.Spans).Name);
    }

    [Fact]
    public async Task Polls_ThatNobodyAskedFor_AreNoTraces_AndWhatARequestAsksIs()
    {
        await using var receiver = await OtlpReceiver.StartAsync(Cancelled);
        using var source = new ActivitySource("Emotion.Anything");
        var app = await StartAsync(source, new Dictionary<string, string?>(receiver.Environment.Select(each => KeyValuePair.Create(each.Key, (string?)each.Value))));
        using var poller = new HttpClient();

        await poller.GetStringAsync($"{app.Urls.Single()}/alive", Cancelled);
        using (source.StartActivity("causes"))
        {
            await poller.GetStringAsync($"{app.Urls.Single()}/alive", Cancelled);
        }

        await app.StopAsync(Cancelled);
        await app.DisposeAsync();

        Assert.Equal(["Emotion.Anything", "System.Net.Http"], receiver.Spans.Select(span => span.Source).Order());
    }

    [Fact]
    public async Task Metrics_AreScrapedWhereThereIsAPort_InBucketsOfSeconds()
    {
        using var source = new ActivitySource("Emotion.Anything");
        using var meter = new Meter("Emotion.Scraped");
        var duration = meter.CreateHistogram<double>("emotion.scraped.duration", "s");
        var port = FreePort();
        await using var app = await StartAsync(source, new() { ["Telemetry:PrometheusPort"] = $"{port}" });
        duration.Record(0.03);

        var scraped = await Client.GetStringAsync($"http://localhost:{port}/metrics", Cancelled);

        Assert.Contains("emotion_scraped_duration_seconds_bucket", scraped);
        Assert.Contains("le=\"0.05\"", scraped);
    }

    [Fact]
    public async Task Options_OutOfRange_AreRefusedAtStart() => await Assert.ThrowsAsync<ValidationException>(async () =>
    {
        using var source = new ActivitySource("Emotion.Anything");
        await using var app = await StartAsync(source, new() { ["Telemetry:TraceShare"] = "2" });
    });

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static readonly HttpClient Client = new(new SocketsHttpHandler { ActivityHeadersPropagator = null });

    private static async Task<WebApplication> StartAsync(ActivitySource source, Dictionary<string, string?> configuration)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(configuration);
        builder.AddServiceDefaults();
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapGet("/work", () =>
        {
            using var work = source.StartActivity("work");
            return work?.TraceId.ToString() ?? "";
        });
        await app.StartAsync(Cancelled);
        return app;
    }
}
