using System.Collections.Concurrent;
using System.Diagnostics;
using Emotion.Gateway.Jobs;

namespace Emotion.Gateway.Analyses;

/// <summary>Times the stages of one analysis, and spans them in its trace.</summary>
/// <param name="progress">Hears when each begins and ends, and what is counted in it.</param>
public sealed class StageClock(TimeProvider clock, AnalysisProgress progress)
{
    private const string Total = "total";

    private static readonly string[] Order = ["upload", "queued", "probe", "split", "audio", "text", "video", "sequence", "fusion", Total];

    private readonly ConcurrentDictionary<string, double> _milliseconds = new(StringComparer.Ordinal);

    /// <summary>In the order that a clip goes through them.</summary>
    public IReadOnlyDictionary<string, double> Milliseconds => _milliseconds.OrderBy(stage => Array.IndexOf(Order, stage.Key))
        .ToDictionary(stage => stage.Key, stage => stage.Value);

    /// <summary>From now until it is disposed.</summary>
    public Stage Start(string name)
    {
        progress.Begin(name);
        return new(this, name, clock.GetTimestamp(), GatewayInstruments.Source.StartActivity(name));
    }

    public Task<T> TimeAsync<T>(string name, Func<Task<T>> stage) => TimeAsync(name, _ => stage());

    public async Task<T> TimeAsync<T>(string name, Func<Stage, Task<T>> stage)
    {
        using var started = Start(name);
        return await stage(started);
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
        var milliseconds = Math.Round(elapsed.TotalMilliseconds, 1);
        _milliseconds[name] = milliseconds;
        if (name != Total)
        {
            progress.End(name, milliseconds);
        }

        GatewayInstruments.StageSeconds.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("stage", name));
    }

    private void Count(string name, double done, double total, string unit) => progress.Count(name, done, total, unit);

    public sealed class Stage(StageClock stages, string name, long startedAt, Activity? span) : IDisposable
    {
        public Activity? Span => span;

        /// <param name="unit">What is counted, in the plural.</param>
        public void Count(double done, double total, string unit) => stages.Count(name, done, total, unit);

        public void Dispose()
        {
            stages.Record(name, startedAt);
            span?.Dispose();
        }
    }
}
