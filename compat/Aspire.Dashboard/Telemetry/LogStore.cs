using Aspire.Dashboard.Otlp;
using Aspire.Dashboard.Otlp.Wire;

namespace Aspire.Dashboard.Telemetry;

/// <param name="Number">Rises with each record, from 1.</param>
/// <param name="Time">Milliseconds of Unix time.</param>
/// <param name="Severity">1 to 24, as OpenTelemetry counts: 9 is information, 13 a warning, 17 an error.</param>
/// <param name="TraceId">Empty where it belongs to none.</param>
internal sealed record StoredLog(
    long Number, double Time, string Service, string Category, int Severity, string SeverityText, string Message, string TraceId, string SpanId,
    SortedDictionary<string, string> Attributes);

/// <summary>The log records that came last. Thread-safe.</summary>
internal sealed class LogStore(DashboardOptions options)
{
    private readonly Lock _lock = new();
    private readonly Queue<StoredLog> _records = new();
    private long _last;

    public void Add(ExportLogsServiceRequest request)
    {
        lock (_lock)
        {
            foreach (var resource in request.ResourceLogs)
            {
                var service = Attributes.ServiceOf(resource.Resource);
                foreach (var scope in resource.ScopeLogs)
                {
                    foreach (var record in scope.LogRecords)
                        Add(record, service, scope.Scope?.Name ?? "");
                }
            }
        }
    }

    /// <summary>The newest first.</summary>
    /// <param name="service">Null: of any.</param>
    /// <param name="trace">Null: of any, and of none.</param>
    /// <param name="text">Must be in the message; null: any.</param>
    public IReadOnlyList<StoredLog> List(int limit, string? service, int severity, string? trace, string? text)
    {
        lock (_lock)
        {
            return
            [
                .. _records.Reverse().Where(record => record.Severity >= severity && (service is null || record.Service == service)
                    && (trace is null || record.TraceId == trace) && (text is null || record.Message.Contains(text, StringComparison.OrdinalIgnoreCase))).Take(limit),
            ];
        }
    }

    private void Add(LogRecord record, string service, string category)
    {
        if (_records.Count == options.LogRecords)
            _records.Dequeue();
        _records.Enqueue(new StoredLog(
            ++_last, record.TimeUnixNano / 1e6, service, category, record.SeverityNumber, record.SeverityText, Attributes.Text(record.Body),
            Convert.ToHexStringLower(record.TraceId.Span), Convert.ToHexStringLower(record.SpanId.Span), Attributes.Of(record.Attributes)));
    }
}
