using System.Globalization;

namespace Emotion.SystemBench.Gateway;

/// <summary>What the gateway answered, by route: how often with which status, and how fast. Thread-safe.</summary>
internal sealed class AnswerLedger
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<double>> _milliseconds = [];
    private readonly SortedDictionary<string, int> _statuses = new(StringComparer.Ordinal), _provoked = new(StringComparer.Ordinal), _errors = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _outcomes = new(StringComparer.Ordinal);
    private int _requests;

    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Answers by status, all routes together.</summary>
    public IReadOnlyDictionary<string, int> Statuses => Copy(_statuses);

    /// <summary>Other answers than 2xx and 429 that the load brought about on purpose, by route and status.</summary>
    public IReadOnlyDictionary<string, int> Provoked => Copy(_provoked);

    /// <summary>Answers that nobody wanted, by route, status and reason.</summary>
    public IReadOnlyDictionary<string, int> Errors => Copy(_errors);

    /// <summary>How analyses ended.</summary>
    public IReadOnlyDictionary<string, int> Outcomes => Copy(_outcomes);

    public int ErrorCount => Errors.Values.Sum();

    /// <param name="milliseconds">From the request's last byte to the end of the answer.</param>
    /// <param name="provoked">It is what the load asked for.</param>
    /// <param name="reason">Of an error, for the record.</param>
    public void Add(string route, int status, double milliseconds, bool provoked, string reason)
    {
        lock (_lock)
        {
            _requests++;
            Count(_statuses, status.ToString(CultureInfo.InvariantCulture));
            if (status is not (>= 200 and < 300 or 429))
            {
                Count(provoked ? _provoked : _errors, $"{route} {status}{(provoked ? "" : " " + reason)}");
            }

            if (!_milliseconds.TryGetValue(route, out var times))
            {
                _milliseconds[route] = times = [];
            }

            times.Add(milliseconds);
        }
    }

    /// <summary>No answer came.</summary>
    public void Break(string route, Exception failure)
    {
        lock (_lock)
        {
            _requests++;
            Count(_errors, $"{route} {failure.GetType().Name}: {failure.Message}");
        }
    }

    public void End(string outcome)
    {
        lock (_lock)
        {
            Count(_outcomes, outcome);
        }
    }

    /// <summary>Over all routes; null where nothing was asked.</summary>
    public double? Percentile(double share) => Percentile(share, null);

    /// <summary>How many, and how fast, by route.</summary>
    public IReadOnlyDictionary<string, object> ByRoute()
    {
        string[] routes;
        lock (_lock)
        {
            routes = [.. _milliseconds.Keys.Order(StringComparer.Ordinal)];
        }

        return routes.ToDictionary(
            route => route,
            object (route) => new { n = Times(route).Count, p50_ms = Percentile(0.5, route), p95_ms = Percentile(0.95, route), p99_ms = Percentile(0.99, route), max_ms = Percentile(1, route) });
    }

    public double? Percentile(double share, string? route)
    {
        var times = Times(route);
        times.Sort();
        return times.Count == 0 ? null : Math.Round(times[Math.Max(0, (int)Math.Ceiling(share * times.Count) - 1)], 2);
    }

    private List<double> Times(string? route)
    {
        lock (_lock)
        {
            return [.. _milliseconds.Where(one => route is null || one.Key == route).SelectMany(one => one.Value)];
        }
    }

    private Dictionary<string, int> Copy(SortedDictionary<string, int> counts)
    {
        lock (_lock)
        {
            return new(counts);
        }
    }

    private static void Count(SortedDictionary<string, int> counts, string name) => counts[name] = counts.GetValueOrDefault(name) + 1;
}
