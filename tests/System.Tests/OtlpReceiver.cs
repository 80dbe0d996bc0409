using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Emotion.SystemTests;

/// <summary>A span as it came in.</summary>
/// <param name="Service">The resource attribute <c>service.name</c>.</param>
/// <param name="Source">The activity source.</param>
/// <param name="ParentId">Empty for a root.</param>
public sealed record ReceivedSpan(
    string TraceId, string SpanId, string ParentId, string Name, string Service, string Source,
    IReadOnlyDictionary<string, string> Attributes);

/// <summary>A request as it came in.</summary>
/// <param name="Signal"><c>traces</c>, <c>metrics</c> or <c>logs</c>.</param>
public sealed record ReceivedBody(string Signal, byte[] Bytes);

/// <summary>A collector for tests: takes traces by OTLP over HTTP, on loopback, and keeps them.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private static readonly TimeSpan WaitLimit = TimeSpan.FromMinutes(5);

    private readonly ConcurrentQueue<ReceivedSpan> _spans = new();
    private readonly ConcurrentQueue<ReceivedBody> _bodies = new();
    private readonly WebApplication _app;

    private OtlpReceiver(WebApplication app)
    {
        _app = app;
        app.MapPost("/v1/traces", ReceiveTracesAsync);
        app.MapPost("/v1/{signal}", (string signal, HttpRequest request, CancellationToken cancellationToken) => KeepAsync(signal, request, cancellationToken));
    }

    /// <summary>What has come in so far.</summary>
    public IReadOnlyCollection<ReceivedSpan> Spans => _spans;

    /// <summary><c>metrics</c> and <c>logs</c>, once some have come in.</summary>
    public IReadOnlyCollection<string> OtherSignals => [.. _bodies.Select(body => body.Signal).Where(signal => signal != "traces").Distinct()];

    /// <summary>All that has come in so far, as it came.</summary>
    public IReadOnlyCollection<ReceivedBody> Bodies => _bodies;

    /// <summary>What a process must have in its environment to send here, soon after a span's end.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = _app.Urls.Single(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "100",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "1000",
    };

    public static async Task<OtlpReceiver> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var receiver = new OtlpReceiver(builder.Build());
        await receiver._app.StartAsync(cancellationToken);
        return receiver;
    }

    /// <summary>Waits until the spans are as wished; returns them.</summary>
    /// <exception cref="TimeoutException">They did not come, and what came instead.</exception>
    public async Task<IReadOnlyCollection<ReceivedSpan>> WaitAsync(
        Func<IReadOnlyCollection<ReceivedSpan>, bool> wish, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(WaitLimit);
        try
        {
            while (true)
            {
                IReadOnlyCollection<ReceivedSpan> spans = [.. _spans]; // What is returned is what was looked at, whatever comes later.
                if (wish(spans))
                    return spans;
                await Task.Delay(50, limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            var seen = Spans.GroupBy(span => $"{span.Service} {span.Source} {span.Name}").Select(group => $"{group.Count()} x {group.Key}");
            throw new TimeoutException($"The spans that were waited for did not come. What came:\n{string.Join('\n', seen.Order())}");
        }
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task ReceiveTracesAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        foreach (var span in OtlpTraces.Read(await KeepAsync("traces", request, cancellationToken)))
            _spans.Enqueue(span);
    }

    private async Task<byte[]> KeepAsync(string signal, HttpRequest request, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellationToken);
        var bytes = body.ToArray();
        _bodies.Enqueue(new ReceivedBody(signal, bytes));
        return bytes;
    }
}

/// <summary>Reads an <c>ExportTraceServiceRequest</c> of opentelemetry-proto, field by field; what is not named here is skipped.</summary>
internal static class OtlpTraces
{
    public static IEnumerable<ReceivedSpan> Read(byte[] request) =>
        Fields(request).Where(field => field.Number == 1).SelectMany(resourceSpans => ReadResource(resourceSpans.Bytes));

    private static IEnumerable<ReceivedSpan> ReadResource(byte[] resourceSpans)
    {
        var fields = Fields(resourceSpans).ToArray();
        var resource = ReadAttributes(fields.Where(field => field.Number == 1).SelectMany(field => Fields(field.Bytes)), number: 1);
        return
            from scopeSpans in fields.Where(field => field.Number == 2)
            let parts = Fields(scopeSpans.Bytes).ToArray()
            let source = Text(parts.Where(part => part.Number == 1).SelectMany(scope => Fields(scope.Bytes)), number: 1)
            from span in parts.Where(part => part.Number == 2)
            select ReadSpan(Fields(span.Bytes).ToArray(), resource.GetValueOrDefault("service.name", ""), source);
    }

    private static ReceivedSpan ReadSpan(Field[] span, string service, string source) => new(
        Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(span, 5), service, source, ReadAttributes(span, number: 9));

    private static Dictionary<string, string> ReadAttributes(IEnumerable<Field> fields, int number)
    {
        var attributes = new Dictionary<string, string>();
        foreach (var field in fields.Where(field => field.Number == number))
        {
            // KeyValue { key = 1, value = 2 { string_value = 1, bool_value = 2, int_value = 3 } }
            var pair = Fields(field.Bytes).ToArray();
            var value = pair.Where(part => part.Number == 2).SelectMany(part => Fields(part.Bytes)).FirstOrDefault();
            attributes[Text(pair, 1)] = value?.Varint?.ToString(CultureInfo.InvariantCulture) ?? Encoding.UTF8.GetString(value?.Bytes ?? []);
        }

        return attributes;
    }

    private static string Hex(IEnumerable<Field> fields, int number) =>
        Convert.ToHexStringLower(fields.FirstOrDefault(field => field.Number == number)?.Bytes ?? []);

    private static string Text(IEnumerable<Field> fields, int number) =>
        Encoding.UTF8.GetString(fields.FirstOrDefault(field => field.Number == number)?.Bytes ?? []);

    private static IEnumerable<Field> Fields(byte[] message)
    {
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
        {
            var number = WireFormat.GetTagFieldNumber(tag);
            switch (WireFormat.GetTagWireType(tag))
            {
                case WireFormat.WireType.LengthDelimited:
                    yield return new Field(number, input.ReadBytes().ToByteArray());
                    break;
                case WireFormat.WireType.Varint:
                    yield return new Field(number, [], input.ReadUInt64());
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
    }

    private sealed record Field(int Number, byte[] Bytes, ulong? Varint = null);
}
