using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Jobs;

/// <summary>
/// What can be asked for: every analysis under way, and the last ended ones, bounded in number and time. In memory: a gateway that
/// restarts forgets.
/// </summary>
public sealed class AnalysisStore(IOptions<GatewayOptions> options, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly SortedSet<Entry> _inOrder = new(Comparer<Entry>.Create((one, other) => one.Number.CompareTo(other.Number)));
    private readonly LinkedList<Entry> _ended = new();
    private long _added;

    public void Add(AnalysisJob job)
    {
        lock (_lock)
        {
            var entry = new Entry(++_added, job);
            _entries.Add(job.Id, entry);
            _inOrder.Add(entry);
        }
    }

    public bool TryFind(string id, [NotNullWhen(true)] out AnalysisJob? job)
    {
        lock (_lock)
        {
            Evict();
            job = _entries.GetValueOrDefault(id)?.Job;
            return job is not null;
        }
    }

    /// <exception cref="RefusedException">There is none of that name.</exception>
    public AnalysisJob Find(string id) => TryFind(id, out var job) ? job : throw new RefusedException(Refusal.UnknownAnalysis);

    /// <summary>The newest first.</summary>
    /// <param name="limit">Of jobs.</param>
    /// <param name="before">Only those that were added before this number; null for all.</param>
    /// <param name="isWanted">Chooses among them.</param>
    /// <returns>With the number that the next page has to be before; null where there is none.</returns>
    public (IReadOnlyList<AnalysisJob> Jobs, long? Next) List(int limit, long? before, Func<AnalysisJob, bool> isWanted)
    {
        lock (_lock)
        {
            Evict();
            var found = _inOrder.Reverse().SkipWhile(entry => entry.Number >= before).Where(entry => isWanted(entry.Job)).Take(limit + 1).ToList();
            return ([.. found.Take(limit).Select(entry => entry.Job)], found.Count > limit ? found[limit - 1].Number : null);
        }
    }

    /// <summary>Of every analysis that has not ended: their services must still answer for them.</summary>
    public IReadOnlyCollection<string> ReleasesUnderWay()
    {
        lock (_lock)
        {
            return _entries.Values.Where(entry => entry.Job.Ended is null).Select(entry => entry.Job.Release.Name).ToHashSet(StringComparer.Ordinal);
        }
    }

    /// <summary>Starts the time for which the outcome is kept.</summary>
    public void Ended(AnalysisJob job)
    {
        lock (_lock)
        {
            if (_entries.GetValueOrDefault(job.Id) is { } entry)
            {
                entry.EndedAt = clock.GetTimestamp();
                entry.Place = _ended.AddLast(entry);
                Evict();
            }
        }
    }

    /// <summary>Forgets it at once.</summary>
    public bool TryRemove(string id, [NotNullWhen(true)] out AnalysisJob? job)
    {
        lock (_lock)
        {
            Evict();
            var entry = _entries.GetValueOrDefault(id);
            job = entry?.Job;
            if (entry is not null)
            {
                Forget(entry);
            }

            return job is not null;
        }
    }

    /// <summary>Forgets what was kept long enough.</summary>
    public void Sweep()
    {
        lock (_lock)
        {
            Evict();
        }
    }

    private void Evict()
    {
        while (_ended.First?.Value is { } oldest
            && (_ended.Count > options.Value.KeptAnalyses || clock.GetElapsedTime(oldest.EndedAt) > options.Value.KeptFor))
        {
            Forget(oldest);
        }
    }

    private void Forget(Entry entry)
    {
        _entries.Remove(entry.Job.Id);
        _inOrder.Remove(entry);
        if (entry.Place is not null)
        {
            _ended.Remove(entry.Place);
        }
    }

    private sealed class Entry(long number, AnalysisJob job)
    {
        public long Number => number;

        public AnalysisJob Job => job;

        public long EndedAt { get; set; }

        public LinkedListNode<Entry>? Place { get; set; }
    }
}
