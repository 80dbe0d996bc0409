using System.Collections.Immutable;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;

namespace Emotion.ServiceDefaults;

/// <summary>
/// The replicas of one service, each with a client of its own, for callers that choose one for every try. Balancing by the channel
/// forgets between two tries where the first one went; a stream that is sent again must go elsewhere. Thread-safe.
/// </summary>
public sealed class Replicas<TClient> : IDisposable where TClient : ClientBase
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _rest;
    private readonly TimeSpan _keepGone;
    private readonly Func<Uri, GrpcChannel> _connect;
    private readonly ServiceToken _token;
    private readonly ReplicaWatch _watch;
    private readonly IDisposable _following;
    private readonly CancellationTokenSource _stop = new();
    private ImmutableArray<Replica> _all = [];
    private int _turn = -1;

    /// <param name="watch">Where they are.</param>
    /// <param name="connect">Makes the channel to one of them; disposed with this, or some time after it has gone.</param>
    /// <param name="token">Shown with each call.</param>
    /// <param name="time">The clock of <paramref name="rest" /> and <paramref name="keepGone" />.</param>
    /// <param name="rest">How long a replica that failed is left out, as long as there are others.</param>
    /// <param name="keepGone">How long calls to a replica that has gone may still take.</param>
    public Replicas(ReplicaWatch watch, Func<Uri, GrpcChannel> connect, ServiceToken token, TimeProvider time, TimeSpan rest, TimeSpan keepGone)
    {
        (_watch, _connect, _token, _time, _rest, _keepGone) = (watch, connect, token, time, rest, keepGone);
        _following = watch.Follow(Exchange);
    }

    public int Count => _all.Length;

    /// <summary>Those that there are now.</summary>
    public IReadOnlyList<Replica> All => _all;

    /// <summary>
    /// The next one in turn that is not among the tried, is not away and has not failed of late; if there is none, one that was not tried; if all
    /// were, the next one.
    /// </summary>
    public Replica Next(IReadOnlyCollection<Replica> tried)
    {
        var turn = (uint)Interlocked.Increment(ref _turn);
        var (all, now) = (_all, _time.GetTimestamp());
        return Enumerable.Range(0, all.Length)
            .Select(step => all[(int)((turn + step) % all.Length)])
            .MinBy(replica => (tried.Contains(replica) ? 2 : 0) + (replica.RestsUntil > now || _watch.IsAway(replica.Uri) ? 1 : 0))!;
    }

    /// <summary>Leaves it out for a while.</summary>
    public void Rest(Replica replica) => replica.RestsUntil = _time.GetTimestamp() + (long)(_rest.TotalSeconds * _time.TimestampFrequency);

    /// <summary>Tells all who choose among this service's replicas whether this one can be called at all.</summary>
    public void Say(Replica replica, bool isAway) => _watch.Say(replica.Uri, isAway);

    /// <summary>Ends the calls that all who choose among this service's replicas have in flight on this one: see <see cref="UntilGivenUp" />.</summary>
    public void GiveUp(Replica replica) => _watch.GiveUp(replica.Uri);

    /// <summary>Cancelled when somebody gives the replica up, for calls that can be sent to another.</summary>
    public CancellationToken UntilGivenUp(Replica replica) => _watch.UntilGivenUp(replica.Uri);

    public void Dispose()
    {
        _following.Dispose();
        _stop.Cancel();
        foreach (var replica in _all)
            replica.Channel.Dispose();
    }

    /// <summary>Those that stay keep their connection, and their rest.</summary>
    private void Exchange(IReadOnlyList<Uri> addresses)
    {
        var before = _all.ToDictionary(replica => replica.Uri);
        _all = [.. addresses.Select(address => before.Remove(address, out var known) ? known : new Replica(address, _connect(address), _token))];
        if (before.Count > 0)
            _ = ForgetAsync([.. before.Values]);
    }

    private async Task ForgetAsync(Replica[] gone)
    {
        await Task.Delay(_keepGone, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var replica in gone)
            replica.Channel.Dispose();
    }

    /// <summary>One process of the service.</summary>
    public sealed class Replica
    {
        private long _restsUntil = long.MinValue;

        internal Replica(Uri uri, GrpcChannel channel, ServiceToken token)
        {
            Uri = uri;
            Channel = channel;
            Client = (TClient)Activator.CreateInstance(typeof(TClient), token.Over(channel).Intercept(new PriorityInterceptor()))!;
        }

        public TClient Client { get; }

        public string Address => Channel.Target;

        internal Uri Uri { get; }

        internal GrpcChannel Channel { get; }

        internal long RestsUntil
        {
            get => Volatile.Read(ref _restsUntil);
            set => Volatile.Write(ref _restsUntil, value);
        }
    }
}
