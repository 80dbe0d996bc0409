using System.Threading.Channels;
using Grpc.Core;
using Grpc.Health.V1;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Grpc.HealthCheck;

/// <summary>The standard health service over statuses that somebody sets. Thread-safe.</summary>
public class HealthServiceImpl : Health.V1.Health.HealthBase
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ServingStatus> _statuses = [];
    private readonly Dictionary<string, List<Channel<ServingStatus>>> _watchers = [];

    public void SetStatus(string service, ServingStatus status)
    {
        lock (_lock)
        {
            _statuses[service] = status;
            Notify(service, status);
        }
    }

    public void ClearStatus(string service)
    {
        lock (_lock)
        {
            if (_statuses.Remove(service))
            {
                Notify(service, ServingStatus.ServiceUnknown);
            }
        }
    }

    public void ClearAll()
    {
        lock (_lock)
        {
            foreach (var service in _statuses.Keys)
            {
                Notify(service, ServingStatus.ServiceUnknown);
            }

            _statuses.Clear();
        }
    }

    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        lock (_lock)
        {
            return _statuses.TryGetValue(request.Service, out var status)
                ? Task.FromResult(new HealthCheckResponse { Status = status })
                : throw new RpcException(new Status(StatusCode.NotFound, $"Service \"{request.Service}\" is not known."));
        }
    }

    /// <summary>A watcher that reads slowly gets the latest status, not each one.</summary>
    public override async Task Watch(
        HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        var channel = Channel.CreateBounded<ServingStatus>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        lock (_lock)
        {
            channel.Writer.TryWrite(
                _statuses.TryGetValue(request.Service, out var status) ? status : ServingStatus.ServiceUnknown);
            if (!_watchers.TryGetValue(request.Service, out var list))
            {
                _watchers[request.Service] = list = [];
            }

            list.Add(channel);
        }

        try
        {
            ServingStatus? last = null;
            await foreach (var status in channel.Reader.ReadAllAsync(context.CancellationToken).ConfigureAwait(false))
            {
                if (status != last)
                {
                    last = status;
                    await responseStream.WriteAsync(new HealthCheckResponse { Status = status }).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            lock (_lock)
            {
                _watchers[request.Service].Remove(channel);
                if (_watchers[request.Service].Count == 0)
                {
                    _watchers.Remove(request.Service);
                }
            }
        }
    }

    /// <summary>Ends every watch after what it was told last.</summary>
    internal void EndWatches()
    {
        lock (_lock)
        {
            foreach (var channel in _watchers.Values.SelectMany(list => list))
            {
                channel.Writer.TryComplete();
            }
        }
    }

    private void Notify(string service, ServingStatus status)
    {
        foreach (var channel in _watchers.GetValueOrDefault(service) ?? [])
        {
            channel.Writer.TryWrite(status);
        }
    }
}
