using Aspire.Hosting.Supervision;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Tells how resources do.</summary>
public sealed class ResourceNotificationService
{
    private readonly StatusBoard _board;

    internal ResourceNotificationService(StatusBoard board) => _board = board;

    /// <summary>Waits until the resource runs and is healthy.</summary>
    /// <exception cref="DistributedApplicationException">It has failed for good; the message says why.</exception>
    public async Task WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default)
    {
        var status = await _board.WaitAsync(
            resourceName, status => status.IsReady || status.State == ResourceState.Failed, cancellationToken);
        if (status.State == ResourceState.Failed)
            throw new DistributedApplicationException($"Resource '{resourceName}' failed: {status.Reason}");
    }

    /// <summary>Waits for a state by its name: <c>Waiting</c>, <c>Starting</c>, <c>Running</c>, <c>Exited</c>, <c>Finished</c>, ...</summary>
    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        _board.WaitAsync(resourceName, status => status.State.ToString() == (targetState ?? nameof(ResourceState.Running)), cancellationToken);
}
