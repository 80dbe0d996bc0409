using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Jobs;

/// <summary>
/// What can be asked for by id: every analysis under way, and the last ended ones, bounded in number and time. In memory: a gateway
/// that restarts forgets.
/// </summary>
public sealed class AnalysisStore(IOptions<GatewayOptions> options, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, AnalysisJob> _jobs = [];
    private readonly Queue<(string Id, long EndedAt)> _ended = new();

    public void Add(AnalysisJob job)
    {
        lock (_lock)
        {
            _jobs.Add(job.Id, job);
        }
    }

    public bool TryFind(string id, [NotNullWhen(true)] out AnalysisJob? job)
    {
        lock (_lock)
        {
            Evict();
            return _jobs.TryGetValue(id, out job);
        }
    }

    /// <summary>Starts the time for which the outcome is kept.</summary>
    public void Ended(AnalysisJob job)
    {
        lock (_lock)
        {
            _ended.Enqueue((job.Id, clock.GetTimestamp()));
            Evict();
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
        while (_ended.TryPeek(out var oldest)
            && (_ended.Count > options.Value.KeptAnalyses || clock.GetElapsedTime(oldest.EndedAt) > options.Value.KeptFor))
        {
            _ended.Dequeue();
            _jobs.Remove(oldest.Id);
        }
    }
}
