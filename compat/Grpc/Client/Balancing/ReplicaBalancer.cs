using Grpc.Core;
using Grpc.Net.Client.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Grpc.Net.Client.Balancer;

/// <summary>Chooses a replica for each call, among those that answer.</summary>
internal sealed class ReplicaBalancer : IDisposable
{
    private static readonly TimeSpan DnsRefresh = TimeSpan.FromSeconds(30);

    private readonly GrpcChannel _channel;
    private readonly Resolver _resolver;
    private readonly bool _roundRobin;
    private readonly Lock _lock = new();
    private Replica[] _all = [];
    private volatile Replica[] _ready = [];
    private Status? _resolveFailure;
    private bool _resolved;
    private bool _started;
    private bool _disposed;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private uint _next;

    private ReplicaBalancer(GrpcChannel channel, Resolver resolver, bool roundRobin) =>
        (_channel, _resolver, _roundRobin) = (channel, resolver, roundRobin);

    public static ReplicaBalancer Create(GrpcChannel channel, Uri address)
    {
        var factory = channel.Options.ServiceProvider?.GetServices<ResolverFactory>()
            .LastOrDefault(factory => factory.Name == address.Scheme)
            ?? (address.Scheme == "dns" ? new DnsResolverFactory(DnsRefresh) : null)
            ?? throw new InvalidOperationException(
                $"No address resolver configured for the scheme '{address.Scheme}': register a {nameof(ResolverFactory)} in the "
                + $"services that {nameof(GrpcChannelOptions)}.{nameof(GrpcChannelOptions.ServiceProvider)} names.");
        var policy = channel.Options.ServiceConfig?.LoadBalancingConfigs.FirstOrDefault()?.PolicyName;
        return new ReplicaBalancer(
            channel, factory.Create(new ResolverOptions(address, channel.IsSecure ? 443 : 80)),
            policy == LoadBalancingConfig.RoundRobinPolicyName);
    }

    /// <summary>A replica that answers; waits while none is known to and some may.</summary>
    /// <exception cref="RpcException">Unavailable: none answers, and the call does not wait for one.</exception>
    public ValueTask<Replica> PickAsync(bool waitForReady, CancellationToken cancellationToken)
    {
        var ready = _ready;
        return ready.Length > 0 ? ValueTask.FromResult(Choose(ready)) : WaitAsync(waitForReady, cancellationToken);
    }

    /// <summary>A replica has changed its state.</summary>
    public void Update()
    {
        TaskCompletionSource changed;
        bool refresh;
        lock (_lock)
        {
            _ready = [.. _all.Where(replica => replica.State == ReplicaState.Ready)];
            refresh = _all.Any(replica => replica.State == ReplicaState.Failed);
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.TrySetResult();
        if (refresh)
        {
            _resolver.Refresh();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var replica in _all)
            {
                replica.Dispose();
            }
        }

        _resolver.Dispose();
        Update();
    }

    private async ValueTask<Replica> WaitAsync(bool waitForReady, CancellationToken cancellationToken)
    {
        EnsureStarted();
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_disposed, _channel);
                if (_ready is { Length: > 0 } ready)
                {
                    return Choose(ready);
                }

                var mayCome = _all.Length == 0 ? !_resolved : _all.Any(replica => replica.State == ReplicaState.Connecting);
                if (!mayCome && !waitForReady)
                {
                    throw new RpcException(Describe());
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private Replica Choose(Replica[] ready) =>
        _roundRobin && ready.Length > 1 ? ready[Interlocked.Increment(ref _next) % (uint)ready.Length] : ready[0];

    private void EnsureStarted()
    {
        lock (_lock)
        {
            if (_started)
            {
                return;
            }

            _started = true;
        }

        _resolver.Start(Resolved);
    }

    /// <summary>Replicas that stay keep their state; a failure to resolve changes nothing but what is said of it.</summary>
    private void Resolved(ResolverResult result)
    {
        List<Replica> added = [];
        lock (_lock)
        {
            _resolved = true;
            _resolveFailure = result.Addresses is null ? result.Status : null;
            if (result.Addresses is { } addresses && !_disposed)
            {
                var known = _all.ToDictionary(replica => replica.Address.ToString());
                List<Replica> all = [];
                foreach (var address in addresses.DistinctBy(address => address.ToString()))
                {
                    if (!known.Remove(address.ToString(), out var replica))
                    {
                        replica = new Replica(this, _channel, address);
                        added.Add(replica);
                    }

                    all.Add(replica);
                }

                foreach (var gone in known.Values)
                {
                    gone.Dispose();
                }

                _all = [.. all];
            }
        }

        foreach (var replica in added)
        {
            replica.StartProbing();
        }

        Update();
    }

    private Status Describe()
    {
        if (_all.Length == 0)
        {
            return _resolveFailure ?? new Status(StatusCode.Unavailable, $"{_channel.Target} has no addresses.");
        }

        var failed = _all.LastOrDefault(replica => replica.Failure is not null);
        return new Status(
            StatusCode.Unavailable,
            $"None of the {_all.Length} addresses of {_channel.Target} can be reached. {failed?.Address}: {failed?.Failure?.Message}",
            failed?.Failure);
    }
}
