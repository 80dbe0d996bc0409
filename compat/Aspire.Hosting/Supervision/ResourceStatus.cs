namespace Aspire.Hosting.Supervision;

/// <summary>How a resource does.</summary>
internal enum ResourceState
{
    /// <summary>For another resource.</summary>
    Waiting,

    /// <summary>The process runs, and has not been healthy yet.</summary>
    Starting,

    /// <summary>The process runs, and is healthy.</summary>
    Running,

    /// <summary>The process runs, and its health check fails.</summary>
    Unhealthy,

    /// <summary>The process died and will be started again.</summary>
    Exited,

    /// <summary>The process did what it was there for.</summary>
    Finished,

    /// <summary>Will not be started again by itself; the reason says why.</summary>
    Failed,

    /// <summary>Nobody wants it now: stopped by hand, or to be started by hand.</summary>
    Stopped,
}

/// <summary>One moment of a resource.</summary>
internal sealed record ResourceStatus(
    string Name, ResourceState State, int? ProcessId = null, int Restarts = 0, int? ExitCode = null, string? Reason = null)
{
    /// <summary>It is as it should be.</summary>
    public bool IsReady => State is ResourceState.Running or ResourceState.Finished or ResourceState.Stopped;
}

/// <summary>The present status of every resource, and its changes.</summary>
internal sealed class StatusBoard
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ResourceStatus> _statuses = new(StringComparer.OrdinalIgnoreCase);
    private TaskCompletionSource _changed = NewSignal();

    public IReadOnlyList<ResourceStatus> All
    {
        get
        {
            lock (_lock)
                return [.. _statuses.Values];
        }
    }

    /// <summary>Completes at the next change.</summary>
    public Task Changed
    {
        get
        {
            lock (_lock)
                return _changed.Task;
        }
    }

    public void Publish(ResourceStatus status)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _statuses[status.Name] = status;
            changed = _changed;
            _changed = NewSignal();
        }

        changed.SetResult();
    }

    /// <summary>Waits until the resource is as wished.</summary>
    /// <exception cref="DistributedApplicationException">There is no such resource.</exception>
    public async Task<ResourceStatus> WaitAsync(string name, Func<ResourceStatus, bool> wish, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (!_statuses.TryGetValue(name, out var status))
                    throw new DistributedApplicationException($"There is no resource '{name}' with a process.");
                if (wish(status))
                    return status;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
