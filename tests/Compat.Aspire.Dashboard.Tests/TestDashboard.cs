using System.Net.Http.Headers;
using Aspire.Dashboard;
using Aspire.Dashboard.Otlp.Wire;
using Google.Protobuf;

namespace Emotion.Compat.Aspire.Dashboard.Tests;

/// <summary>A dashboard over resources that do as they are told at once.</summary>
internal sealed class TestDashboard : IAsyncDisposable
{
    private readonly global::Aspire.Dashboard.Dashboard _dashboard;

    private TestDashboard(global::Aspire.Dashboard.Dashboard dashboard, FakeResources resources, ConsoleLines lines)
    {
        (_dashboard, Resources, Lines) = (dashboard, resources, lines);
        Stranger = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = dashboard.Address };
        Program = new HttpClient { BaseAddress = dashboard.Address };
        Program.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", dashboard.Token);
    }

    public FakeResources Resources { get; }

    public ConsoleLines Lines { get; }

    public Uri Address => _dashboard.Address;

    public Uri LoginAddress => _dashboard.LoginAddress;

    /// <summary>Knows no token.</summary>
    public HttpClient Stranger { get; }

    /// <summary>Sends the token with every request.</summary>
    public HttpClient Program { get; }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<TestDashboard> StartAsync(DashboardOptions? options = null)
    {
        options ??= new DashboardOptions();
        var (resources, lines) = (new FakeResources(), new ConsoleLines(options, TimeProvider.System));
        return new TestDashboard(await global::Aspire.Dashboard.Dashboard.StartAsync(resources, lines, options, Cancelled), resources, lines);
    }

    /// <summary>As a resource does, by what is in its environment.</summary>
    public async Task<HttpResponseMessage> SendAsync(string signal, IMessage message, bool withKey = true)
    {
        using var content = new ByteArrayContent(message.ToByteArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(new Uri(_dashboard.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"]), $"v1/{signal}")) { Content = content };
        if (withKey && _dashboard.Environment["OTEL_EXPORTER_OTLP_HEADERS"].Split('=') is [var name, var value])
            request.Headers.Add(name, value);
        return await Stranger.SendAsync(request, Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        Stranger.Dispose();
        Program.Dispose();
        await _dashboard.DisposeAsync();
    }
}

internal sealed class FakeResources : IDashboardResources
{
    private readonly Dictionary<string, bool> _running = new() { ["gateway"] = true, ["video-1"] = true, ["video-2"] = false };
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<DashboardResource> All => [.. _running.Select(one => new DashboardResource(
        one.Key, "Project", one.Value ? "Running" : "Stopped", one.Value ? 4711 : null, 0, null, null,
        new Dictionary<string, string> { ["http"] = "http://127.0.0.1:20001" }, one.Value ? [ResourceCommand.Stop, ResourceCommand.Restart] : [ResourceCommand.Start]))];

    public IReadOnlyList<DashboardReplicas> Replicas => [new("video", _running.Count(one => one.Value && one.Key.StartsWith("video", StringComparison.Ordinal)), 2)];

    public Task Changed => _changed.Task;

    public void Execute(string name, ResourceCommand command)
    {
        if (!_running.TryGetValue(name, out var running))
            throw new KeyNotFoundException($"There is no resource '{name}'.");
        if (command == ResourceCommand.Stop && !running)
            throw new InvalidOperationException($"'{name}' does not run.");
        Turn(name, command != ResourceCommand.Stop);
    }

    public void Scale(string name, int replicas)
    {
        if (replicas is < 1 or > 2)
            throw new InvalidOperationException("There can be 1 to 2.");
        Turn($"{name}-2", replicas == 2);
    }

    private void Turn(string name, bool on)
    {
        _running[name] = on;
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }
}

/// <summary>Telemetry as services send it.</summary>
internal static class Telemetry
{
    public const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    /// <summary>Two spans of two services, 200 ms and 50 ms of it; the second one failed.</summary>
    public static ExportTraceServiceRequest Trace(string traceId = TraceId, long startMilliseconds = 1_795_980_000_000)
    {
        var root = Span(traceId, "00f067aa0ba902b7", "", "POST /v1/analyses", startMilliseconds, 200);
        var child = Span(traceId, "00f067aa0ba902b8", "00f067aa0ba902b7", "video.segment", startMilliseconds + 100, 50);
        child.Status = new Status { Code = 2, Message = "no decoder" };
        child.Attributes.Add(new KeyValue { Key = "emotion.segment", Value = new AnyValue { IntValue = 3 } });
        return new ExportTraceServiceRequest { ResourceSpans = { Of("gateway", root), Of("video-1", child) } };
    }

    public static ExportLogsServiceRequest Log(string message, int severity = 9) => new()
    {
        ResourceLogs =
        {
            new ResourceLogs
            {
                Resource = Resource("gateway"),
                ScopeLogs =
                {
                    new ScopeLogs
                    {
                        Scope = new InstrumentationScope { Name = "Emotion.Gateway" },
                        LogRecords =
                        {
                            new LogRecord
                            {
                                TimeUnixNano = 1_795_980_000_000_000_000, SeverityNumber = severity, SeverityText = severity >= 17 ? "Error" : "Information",
                                Body = new AnyValue { StringValue = message }, TraceId = Bytes(TraceId),
                            },
                        },
                    },
                },
            },
        },
    };

    public static ExportMetricsServiceRequest Counter(double seconds, long value) => Metrics(new Metric
    {
        Name = "emotion.inference.items", Unit = "{item}", Description = "Items by outcome.",
        Sum = new Sum { IsMonotonic = true, DataPoints = { new NumberDataPoint { TimeUnixNano = Nano(seconds), AsInt = value } } },
    });

    public static ExportMetricsServiceRequest Histogram(double seconds, params ulong[] buckets) => Metrics(new Metric
    {
        Name = "emotion.inference.compute_time", Unit = "s",
        Histogram = new Histogram
        {
            DataPoints =
            {
                new HistogramDataPoint
                {
                    TimeUnixNano = Nano(seconds), Count = (ulong)buckets.Sum(bucket => (long)bucket), BucketCounts = { buckets }, ExplicitBounds = { 0.1, 0.2, 0.4 },
                },
            },
        },
    });

    private static ExportMetricsServiceRequest Metrics(Metric metric) => new()
    {
        ResourceMetrics =
        {
            new ResourceMetrics
            {
                Resource = Resource("video-1"), ScopeMetrics = { new ScopeMetrics { Scope = new InstrumentationScope { Name = "Emotion.Inference" }, Metrics = { metric } } },
            },
        },
    };

    private static ulong Nano(double seconds) => (ulong)((1_795_980_000 + seconds) * 1e9);

    private static Span Span(string trace, string id, string parent, string name, long start, long milliseconds) => new()
    {
        TraceId = Bytes(trace), SpanId = Bytes(id), ParentSpanId = Bytes(parent), Name = name, Kind = 2,
        StartTimeUnixNano = (ulong)start * 1_000_000, EndTimeUnixNano = (ulong)(start + milliseconds) * 1_000_000,
    };

    private static ResourceSpans Of(string service, Span span) => new()
    {
        Resource = Resource(service), ScopeSpans = { new ScopeSpans { Scope = new InstrumentationScope { Name = $"Emotion.{service}" }, Spans = { span } } },
    };

    private static Resource Resource(string service) => new() { Attributes = { new KeyValue { Key = "service.name", Value = new AnyValue { StringValue = service } } } };

    private static ByteString Bytes(string hex) => ByteString.CopyFrom(Convert.FromHexString(hex));
}
