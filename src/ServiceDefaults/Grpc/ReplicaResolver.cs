using Grpc.Net.Client.Balancer;

namespace Emotion.ServiceDefaults;

/// <summary><c>replicas:///video</c>: the addresses that <see cref="ReplicaWatch" /> knows, for channels that balance by themselves.</summary>
internal sealed class ReplicaResolverFactory(ReplicaWatches watches) : ResolverFactory
{
    public const string Scheme = "replicas";

    public override string Name => Scheme;

    public override Resolver Create(ResolverOptions options) => new ReplicaResolver(watches.Of(options.Address.AbsolutePath.TrimStart('/')));

    private sealed class ReplicaResolver(ReplicaWatch watch) : Resolver
    {
        private IDisposable? _following;

        public override void Start(Action<ResolverResult> listener) => _following = watch.Follow(addresses => listener(
            ResolverResult.ForResult([.. addresses.Select(address => new BalancerAddress(address.Host, address.Port))])));

        protected override void Dispose(bool disposing) => _following?.Dispose();
    }
}
