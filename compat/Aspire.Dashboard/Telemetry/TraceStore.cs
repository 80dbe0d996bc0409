using Aspire.Dashboard.Otlp;
using Aspire.Dashboard.Otlp.Wire;

namespace Aspire.Dashboard.Telemetry;

/// <param name="Start">Milliseconds of Unix time.</param>
/// <param name="Duration">Milliseconds.</param>
internal sealed record StoredSpan(
    string Id, string ParentId, string Name, string Service, string Source, string Kind, double Start, double Duration, string? Error,
    SortedDictionary<string, string> Attributes, IReadOnlyList<SpanEvent> Events);

internal sealed record SpanEvent(double Time, string Name, SortedDictionary<string, string> Attributes);

internal sealed record TraceSummary(string Id, string Name, string Service, double Start, double Duration, int Spans, int Dropped, bool Failed, IReadOnlyDictionary<string, int> Services);

internal sealed record TraceDetail(TraceSummary Summary, IReadOnlyList<StoredSpan> Spans);

/// <summary>The traces that came last. Thread-safe.</summary>
internal sealed class TraceStore(DashboardOptions options)
{
    private const int Failed = 2;

    private static readonly string[] Kinds = ["", "internal", "server", "client", "producer", "consumer"];

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Trace> _traces = [];
    private readonly LinkedList<Trace> _order = [];

    public void Add(ExportTraceServiceRequest request)
    {
        lock (_lock)
        {
            foreach (var resource in request.ResourceSpans)
            {
                var service = Attributes.ServiceOf(resource.Resource);
                foreach (var scope in resource.ScopeSpans)
                {
                    foreach (var span in scope.Spans)
                        Add(Hex(span.TraceId), Read(span, service, scope.Scope?.Name ?? ""));
                }
            }
        }
    }

    /// <summary>The newest first.</summary>
    /// <param name="service">Null: of any.</param>
    public IReadOnlyList<TraceSummary> List(int limit, string? service, bool failedOnly, double atLeastMilliseconds)
    {
        lock (_lock)
        {
            return
            [
                .. _order.Reverse().Select(trace => trace.Summarise())
                    .Where(trace => (service is null || trace.Services.ContainsKey(service)) && (!failedOnly || trace.Failed) && trace.Duration >= atLeastMilliseconds)
                    .OrderByDescending(trace => trace.Start).Take(limit),
            ];
        }
    }

    /// <summary>Null where it is not kept; spans by their start.</summary>
    public TraceDetail? Find(string id)
    {
        lock (_lock)
            return _traces.TryGetValue(id, out var trace) ? new TraceDetail(trace.Summarise(), [.. trace.Spans.OrderBy(span => span.Start)]) : null;
    }

    private void Add(string id, StoredSpan span)
    {
        if (!_traces.TryGetValue(id, out var trace))
        {
            if (_traces.Count == options.Traces)
            {
                _traces.Remove(_order.First!.Value.Id);
                _order.RemoveFirst();
            }

            _traces[id] = trace = new Trace(id);
            _order.AddLast(trace);
        }

        if (trace.Spans.Count < options.SpansOfATrace)
            trace.Spans.Add(span);
        else
            trace.Dropped++;
    }

    private static StoredSpan Read(Span span, string service, string source) => new(
        Hex(span.SpanId), Hex(span.ParentSpanId), span.Name, service, source, Kinds[span.Kind > 0 && span.Kind < Kinds.Length ? span.Kind : 0],
        span.StartTimeUnixNano / 1e6, Math.Max(0, ((double)span.EndTimeUnixNano - span.StartTimeUnixNano) / 1e6),
        span.Status?.Code == Failed ? span.Status.Message : null, Attributes.Of(span.Attributes),
        [.. span.Events.Select(moment => new SpanEvent(moment.TimeUnixNano / 1e6, moment.Name, Attributes.Of(moment.Attributes)))]);

    private static string Hex(Google.Protobuf.ByteString bytes) => Convert.ToHexStringLower(bytes.Span);

    private sealed class Trace(string id)
    {
        public string Id { get; } = id;

        public List<StoredSpan> Spans { get; } = [];

        public int Dropped { get; set; }

        public TraceSummary Summarise()
        {
            // The root may not have come yet, or ever.
            var first = Spans.FirstOrDefault(span => span.ParentId.Length == 0) ?? Spans.MinBy(span => span.Start)!;
            var start = Spans.Min(span => span.Start);
            return new TraceSummary(
                Id, first.Name, first.Service, start, Spans.Max(span => span.Start + span.Duration) - start, Spans.Count, Dropped,
                Spans.Exists(span => span.Error is not null), Spans.CountBy(span => span.Service).ToDictionary());
        }
    }
}
