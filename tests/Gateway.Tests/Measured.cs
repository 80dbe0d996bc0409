using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace Emotion.Gateway.Tests;

/// <summary>What an instrument was told from here on, by any gateway of this process: lines of the value and the tags' values, as <c>1 audio used</c>.</summary>
public sealed class Measured : IDisposable
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly MeterListener _listener = new();

    /// <param name="instrument">Its name.</param>
    public Measured(string instrument)
    {
        _listener.InstrumentPublished = (published, meters) =>
        {
            if (published.Name == instrument)
            {
                meters.EnableMeasurementEvents(published);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) => Add(value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, _) => Add(Math.Round(value, 2), tags));
        _listener.Start();
    }

    public IEnumerable<string> Lines => _lines;

    public void Dispose() => _listener.Dispose();

    private void Add(IFormattable value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _lines.Enqueue(string.Join(' ', tags.ToArray().Select(tag => tag.Value).Prepend(value.ToString(null, CultureInfo.InvariantCulture))));
}
