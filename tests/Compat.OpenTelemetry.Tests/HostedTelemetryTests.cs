using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using Emotion.SystemTests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Emotion.Compat.OpenTelemetry.Tests;

/// <summary>The hosting package over the real SDK, a real Kestrel and the real exporter.</summary>
public sealed class HostedTelemetryTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Request_ThatCallsAnother_IsOneTraceWithHttpTags()
    {
        // One provider hears everything in its process: both servers, and the client between them.
        await using var receiver = await OtlpReceiver.StartAsync(Cancelled);
        await using var back = await StartServerAsync(receiver, "shared", app => app.MapGet("/{depth}", (string depth) => depth));
        await using var front = await StartServerAsync(null, "", app => app.MapGet(
            "/", (CancellationToken cancellationToken) => new HttpClient().GetStringAsync($"{back.Urls.Single()}/deep", cancellationToken)));

        using var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null });
        Assert.Equal("deep", await client.GetStringAsync(front.Urls.Single(), Cancelled));

        var spans = await receiver.WaitAsync(spans => spans.Count(span => span.Source == "Microsoft.AspNetCore") >= 2, Cancelled);
        var backSpan = Assert.Single(spans, span => span.Name == "GET /{depth}");
        var frontSpan = Assert.Single(spans, span => span.TraceId == backSpan.TraceId && span.ParentId == "");
        Assert.Equal("Microsoft.AspNetCore", frontSpan.Source);
        Assert.Equal("/deep", backSpan.Attributes["url.path"]);
        Assert.Equal("GET", backSpan.Attributes["http.request.method"]);
        Assert.Equal("200", backSpan.Attributes["http.response.status_code"]);

        var outgoing = Assert.Single(spans, span => span.SpanId == backSpan.ParentId);
        Assert.Equal("System.Net.Http", outgoing.Source);
        Assert.Equal(frontSpan.SpanId, outgoing.ParentId);
    }

    [Fact]
    public async Task Filter_ThatRefusesARequest_LeavesItAndItsChildrenOut()
    {
        await using var receiver = await OtlpReceiver.StartAsync(Cancelled);
        using var source = new ActivitySource("Compat.Child");
        await using var server = await StartServerAsync(receiver, "server", app => app.MapGet("/{path}", () =>
        {
            using var child = source.StartActivity("child");
            return "done";
        }));

        using var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null });
        await client.GetStringAsync($"{server.Urls.Single()}/health", Cancelled);
        await client.GetStringAsync($"{server.Urls.Single()}/seen", Cancelled);
        await server.StopAsync(Cancelled);
        await server.DisposeAsync();

        Assert.Equal(["/seen"], receiver.Spans.Where(span => span.Source == "Microsoft.AspNetCore").Select(span => span.Attributes["url.path"]));
        Assert.Single(receiver.Spans, span => span.Name == "child");
    }

    [Fact]
    public async Task Disposal_WithSpansStillQueued_SendsThem()
    {
        await using var receiver = await OtlpReceiver.StartAsync(Cancelled);
        using var source = new ActivitySource("Compat.Child");
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        AddTelemetry(builder.Services, receiver, "flushed", scheduledDelayMilliseconds: 600_000);
        var host = builder.Build();
        await host.StartAsync(Cancelled);

        source.StartActivity("last words")!.Dispose();
        Assert.Empty(receiver.Spans);
        await host.StopAsync(Cancelled);
        host.Dispose();

        Assert.Equal("last words", Assert.Single(receiver.Spans).Name);
    }

    [Fact]
    public async Task AddOpenTelemetry_CalledTwice_MakesOneProvider()
    {
        await using var receiver = await OtlpReceiver.StartAsync(Cancelled);
        using var source = new ActivitySource("Compat.Child");
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        AddTelemetry(builder.Services, receiver, "first", scheduledDelayMilliseconds: 100);
        builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddSource("Compat.Other"));
        using (var host = builder.Build())
        {
            Assert.Single(host.Services.GetServices<TracerProvider>());
            await host.StartAsync(Cancelled);
            source.StartActivity("once")!.Dispose();
            await host.StopAsync(Cancelled);
        }

        Assert.Single(receiver.Spans);
    }

    [Fact]
    public async Task RuntimeAndServerMeters_AfterARequest_HaveMeasurements()
    {
        var exported = new List<string>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddRuntimeInstrumentation()
            .AddReader(new BaseExportingMetricReader(new NameCollector(exported))));
        await using var app = builder.Build();
        app.MapGet("/", () => "done");
        await app.StartAsync(Cancelled);
        using var client = new HttpClient();
        await client.GetStringAsync(app.Urls.Single(), Cancelled);
        app.Services.GetRequiredService<MeterProvider>().ForceFlush();

        Assert.Contains("http.server.active_requests", exported);
        Assert.Contains("http.client.open_connections", exported);
        Assert.Contains("dotnet.gc.collections", exported);
    }

    private static async Task<WebApplication> StartServerAsync(OtlpReceiver? receiver, string name, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        if (receiver is not null)
            AddTelemetry(builder.Services, receiver, name, scheduledDelayMilliseconds: 100);
        var app = builder.Build();
        map(app);
        await app.StartAsync(Cancelled);
        return app;
    }

    private static void AddTelemetry(IServiceCollection services, OtlpReceiver receiver, string name, int scheduledDelayMilliseconds) =>
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(name))
            .WithTracing(tracing => tracing
                .AddSource("Compat.Child")
                .AddAspNetCoreInstrumentation(options => options.Filter = context => context.Request.Path != "/health")
                .AddHttpClientInstrumentation()
                .AddOtlpExporter(exporter =>
                {
                    exporter.Endpoint = new Uri(receiver.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] + "/v1/traces");
                    exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
                    exporter.BatchExportProcessorOptions.ScheduledDelayMilliseconds = scheduledDelayMilliseconds;
                }));

    private sealed class NameCollector(List<string> names) : BaseExporter<Metric>
    {
        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
                names.Add(metric.Name);
            return ExportResult.Success;
        }
    }
}
