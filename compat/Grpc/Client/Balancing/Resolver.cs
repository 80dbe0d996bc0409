using System.Net;
using Grpc.Core;

namespace Grpc.Net.Client.Balancer;

/// <summary>Where one replica listens.</summary>
public sealed class BalancerAddress(DnsEndPoint endPoint)
{
    public BalancerAddress(string host, int port) : this(new DnsEndPoint(host, port)) { }

    public DnsEndPoint EndPoint { get; } = endPoint;

    /// <summary>The name that calls are addressed to, where it is not the address itself.</summary>
    internal string? Authority { get; init; }

    public override string ToString() => $"{EndPoint.Host}:{EndPoint.Port}";
}

public sealed class ResolverResult
{
    private ResolverResult(Status status, IReadOnlyList<BalancerAddress>? addresses) => (Status, Addresses) = (status, addresses);

    public Status Status { get; }

    public IReadOnlyList<BalancerAddress>? Addresses { get; }

    public static ResolverResult ForResult(IReadOnlyList<BalancerAddress> addresses) => new(Status.DefaultSuccess, addresses);

    public static ResolverResult ForFailure(Status status) => new(status, null);
}

/// <summary>Finds the addresses of one channel, at the start and again when asked to.</summary>
public abstract class Resolver : IDisposable
{
    public abstract void Start(Action<ResolverResult> listener);

    /// <summary>A replica could not be reached: the addresses may have changed.</summary>
    public virtual void Refresh() { }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) { }
}

public sealed class ResolverOptions
{
    internal ResolverOptions(Uri address, int defaultPort) => (Address, DefaultPort) = (address, defaultPort);

    public Uri Address { get; }

    public int DefaultPort { get; }
}

/// <summary>Makes resolvers for one scheme. Looked up in the services that the channel's options name.</summary>
public abstract class ResolverFactory
{
    public abstract string Name { get; }

    public abstract Resolver Create(ResolverOptions options);
}

/// <summary><c>static:///name</c>: a list that is known at the start.</summary>
public sealed class StaticResolverFactory(Func<Uri, IEnumerable<BalancerAddress>> addressesCallback) : ResolverFactory
{
    public override string Name => "static";

    public override Resolver Create(ResolverOptions options) => new StaticResolver([.. addressesCallback(options.Address)]);

    private sealed class StaticResolver(IReadOnlyList<BalancerAddress> addresses) : Resolver
    {
        public override void Start(Action<ResolverResult> listener) => listener(ResolverResult.ForResult(addresses));
    }
}
