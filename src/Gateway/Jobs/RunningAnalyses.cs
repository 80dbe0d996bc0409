using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Emotion.Gateway.Jobs;

/// <summary>The analyses that this gateway works on, and the bell that rings when one of those that it knows of has changed.</summary>
public sealed class RunningAnalyses
{
    /// <summary>Bells are shared: one that rings for another analysis costs a look at the database. So their number is bounded.</summary>
    private const int Bells = 256;

    private readonly ConcurrentDictionary<string, AnalysisJob> _jobs = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource[] _bells = [.. Enumerable.Range(0, Bells).Select(_ => NewBell())];
    private readonly CancellationTokenSource _over = new();

    /// <summary>This gateway stops and works on nothing any more: who waits is told the address.</summary>
    public CancellationToken Over => _over.Token;

    public void Add(AnalysisJob job)
    {
        _jobs[job.Id] = job;
        GatewayInstruments.Running.Add(1);
        Ring(job.Id);
    }

    public void Remove(AnalysisJob job)
    {
        _jobs.TryRemove(KeyValuePair.Create(job.Id, job));
        GatewayInstruments.Running.Add(-1);
        Ring(job.Id);
    }

    public bool TryFind(string id, [NotNullWhen(true)] out AnalysisJob? job) => _jobs.TryGetValue(id, out job);

    /// <summary>Ends with the next change after this look, at the latest.</summary>
    public Task Changed(string id) => Volatile.Read(ref BellOf(id)).Task;

    public void Ring(string id) => Interlocked.Exchange(ref BellOf(id), NewBell()).TrySetResult();

    public void Close() => _over.Cancel();

    private static TaskCompletionSource NewBell() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ref TaskCompletionSource BellOf(string id) => ref _bells[(uint)id.GetHashCode(StringComparison.Ordinal) % Bells];
}
