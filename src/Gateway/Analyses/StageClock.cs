using System.Collections.Concurrent;
using System.Diagnostics;

namespace Emotion.Gateway.Analyses;

/// <summary>Times the stages of one analysis, and spans them in its trace.</summary>
public sealed class StageClock(TimeProvider clock)
{
    private static readonly string[] Order = ["upload", "queued", "probe", "split", "audio", "text", "video", "sequence", "fusion", "total"];

    private readonly ConcurrentDictionary<string, double> _milliseconds = new(StringComparer.Ordinal);

    /// <summary>In the order that a clip goes through them.</summary>
    public IReadOnlyDictionary<string, double> Milliseconds => _milliseconds.OrderBy(stage => Array.IndexOf(Order, stage.Key))
        .ToDictionary(stage => stage.Key, stage => stage.Value);

    /// <summary>From now until it is disposed.</summary>
    public Stage Start(string name) => new(this, name, clock.GetTimestamp(), GatewayInstruments.Source.StartActivity(name));

    public async Task<T> TimeAsync<T>(string name, Func<Task<T>> stage)
    {
        using (Start(name))
        {
            return await stage();
        }
    }

    public async Task TimeAsync(string name, Func<Task> stage)
    {
        using (Start(name))
        {
            await stage();
        }
    }

    public void Record(string name, long startedAt) => Record(name, clock.GetElapsedTime(startedAt));

    public void Record(string name, TimeSpan elapsed)
    {
        _milliseconds[name] = Math.Round(elapsed.TotalMilliseconds, 1);
        GatewayInstruments.StageSeconds.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("stage", name));
    }

    public sealed class Stage(StageClock stages, string name, long startedAt, Activity? span) : IDisposable
    {
        public Activity? Span => span;

        public void Dispose()
        {
            stages.Record(name, startedAt);
            span?.Dispose();
        }
    }
}
