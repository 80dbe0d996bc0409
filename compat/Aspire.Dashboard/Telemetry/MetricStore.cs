using Aspire.Dashboard.Otlp;
using Aspire.Dashboard.Otlp.Wire;

namespace Aspire.Dashboard.Telemetry;

internal sealed record InstrumentSummary(string Service, string Source, string Name, string Description, string Unit, string Kind, int Series);

/// <param name="Values">Of a counter what came each second, of a gauge the value, of a histogram the median of what came since the point before.</param>
/// <param name="Upper">Of a histogram its 95th percentile; else null.</param>
internal sealed record Curve(string Service, SortedDictionary<string, string> Attributes, IReadOnlyList<double> Times, IReadOnlyList<double> Values, IReadOnlyList<double>? Upper);

/// <summary>What instruments said lately, as curves. Thread-safe.</summary>
internal sealed class MetricStore(DashboardOptions options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Series> _series = [];

    public void Add(ExportMetricsServiceRequest request)
    {
        lock (_lock)
        {
            foreach (var resource in request.ResourceMetrics)
            {
                var service = Attributes.ServiceOf(resource.Resource);
                foreach (var scope in resource.ScopeMetrics)
                {
                    foreach (var metric in scope.Metrics)
                        Add(metric, service, scope.Scope?.Name ?? "");
                }
            }
        }
    }

    public IReadOnlyList<InstrumentSummary> List()
    {
        lock (_lock)
        {
            return
            [
                .. _series.Values.GroupBy(series => (series.Service, series.Source, series.Name))
                    .Select(instrument => (instrument.Key, First: instrument.First(), Count: instrument.Count()))
                    .Select(found => new InstrumentSummary(
                        found.Key.Service, found.Key.Source, found.Key.Name, found.First.Description, found.First.Unit, found.First.Kind, found.Count))
                    .OrderBy(instrument => instrument.Name, StringComparer.Ordinal).ThenBy(instrument => instrument.Service, StringComparer.Ordinal),
            ];
        }
    }

    /// <summary>All curves of an instrument.</summary>
    /// <param name="service">Null: of all that have it.</param>
    public IReadOnlyList<Curve> Curves(string name, string? service)
    {
        lock (_lock)
        {
            return
            [
                .. _series.Values.Where(series => series.Name == name && (service is null || series.Service == service))
                    .OrderBy(series => series.Service, StringComparer.Ordinal).Select(series => series.Draw()),
            ];
        }
    }

    private void Add(Metric metric, string service, string source)
    {
        switch (metric.DataCase)
        {
            case Metric.DataOneofCase.Gauge:
                AddNumbers(metric, service, source, "gauge", metric.Gauge.DataPoints);
                break;
            case Metric.DataOneofCase.Sum:
                AddNumbers(metric, service, source, metric.Sum.IsMonotonic ? "counter" : "gauge", metric.Sum.DataPoints);
                break;
            case Metric.DataOneofCase.Histogram:
                foreach (var point in metric.Histogram.DataPoints)
                {
                    Of(metric, service, source, "histogram", point.Attributes)?.Add(
                        new Point(point.TimeUnixNano / 1e6, point.Count, [.. point.BucketCounts], [.. point.ExplicitBounds]), options.Points);
                }

                break;
            default:
                break; // What our services do not send.
        }
    }

    private void AddNumbers(Metric metric, string service, string source, string kind, IEnumerable<NumberDataPoint> points)
    {
        foreach (var point in points)
        {
            var value = point.ValueCase == NumberDataPoint.ValueOneofCase.AsInt ? point.AsInt : point.AsDouble;
            Of(metric, service, source, kind, point.Attributes)?.Add(new Point(point.TimeUnixNano / 1e6, value, [], []), options.Points);
        }
    }

    /// <summary>Null where there are too many.</summary>
    private Series? Of(Metric metric, string service, string source, string kind, IEnumerable<KeyValue> pairs)
    {
        var attributes = Attributes.Of(pairs);
        var key = $"{service}\n{source}\n{metric.Name}\n{string.Join('\n', attributes.Select(pair => $"{pair.Key}={pair.Value}"))}";
        if (!_series.TryGetValue(key, out var series) && _series.Count < options.Series)
            _series[key] = series = new Series(service, source, metric.Name, metric.Description, metric.Unit, kind, attributes);
        return series;
    }

    private sealed record Point(double Time, double Value, ulong[] Buckets, double[] Bounds);

    private sealed class Series(string service, string source, string name, string description, string unit, string kind, SortedDictionary<string, string> attributes)
    {
        private readonly Queue<Point> _points = new();

        public string Service => service;

        public string Source => source;

        public string Name => name;

        public string Description => description;

        public string Unit => unit;

        public string Kind => kind;

        public void Add(Point point, int most)
        {
            if (_points.Count == most)
                _points.Dequeue();
            _points.Enqueue(point);
        }

        public Curve Draw()
        {
            var points = _points.ToArray();
            return kind switch
            {
                "counter" => Differences(points, (before, after) => (after.Value - before.Value) / (after.Time - before.Time) * 1000, null),
                "histogram" => Differences(points, (before, after) => Quantile(before, after, 0.5), (before, after) => Quantile(before, after, 0.95)),
                _ => new Curve(service, attributes, [.. points.Select(point => point.Time)], [.. points.Select(point => point.Value)], null),
            };
        }

        /// <summary>A counter that fell began anew with its process: that point says nothing, nor do two of the same moment or, in a histogram, without anything between.</summary>
        private Curve Differences(Point[] points, Func<Point, Point, double> of, Func<Point, Point, double>? upper)
        {
            var pairs = points.Zip(points.Skip(1)).Where(pair => pair.Second.Time > pair.First.Time
                && (upper is null ? pair.Second.Value >= pair.First.Value : pair.Second.Value > pair.First.Value && pair.Second.Buckets.Length == pair.First.Buckets.Length)).ToArray();
            return new Curve(
                service, attributes, [.. pairs.Select(pair => pair.Second.Time)], [.. pairs.Select(pair => of(pair.First, pair.Second))],
                upper is null ? null : [.. pairs.Select(pair => upper(pair.First, pair.Second))]);
        }

        /// <summary>Within the bucket as if all values were spread evenly over it; what lies above the last bound counts as that.</summary>
        private static double Quantile(Point before, Point after, double share)
        {
            var counts = after.Buckets.Zip(before.Buckets, (now, then) => now >= then ? (double)(now - then) : 0).ToArray();
            var (wanted, seen) = (counts.Sum() * share, 0.0);
            for (var i = 0; i < after.Bounds.Length; i++)
            {
                if (seen + counts[i] >= wanted && counts[i] > 0)
                {
                    var lower = i == 0 ? 0 : after.Bounds[i - 1];
                    return lower + (after.Bounds[i] - lower) * (wanted - seen) / counts[i];
                }

                seen += counts[i];
            }

            return after.Bounds.Length > 0 ? after.Bounds[^1] : 0;
        }
    }
}
