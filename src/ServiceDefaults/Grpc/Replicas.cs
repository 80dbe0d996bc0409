using Grpc.Core;
using Grpc.Net.Client;

namespace Emotion.ServiceDefaults;

/// <summary>
/// The replicas of one service, each with a client of its own, for callers that choose one for every try. Balancing by the channel
/// forgets between two tries where the first one went; a stream that is sent again must go elsewhere. Thread-safe.
/// </summary>
public sealed class Replicas<TClient> : IDisposable where TClient : ClientBase
{
    private readonly Replica[] _all;
    private readonly TimeProvider _time;
    private readonly TimeSpan _rest;
    private int _turn = -1;

    /// <param name="channels">One for each replica; disposed with this.</param>
    /// <param name="time">The clock of <paramref name="rest" />.</param>
    /// <param name="rest">How long a replica that failed is left out, as long as there are others.</param>
    public Replicas(IEnumerable<GrpcChannel> channels, TimeProvider time, TimeSpan rest)
    {
        _all = [.. channels.Select(channel => new Replica(channel))];
        _time = time;
        _rest = rest;
    }

    public int Count => _all.Length;

    /// <summary>
    /// The next one in turn that is not among the tried and has not failed of late; if there is none, one that was not tried; if all
    /// were, the next one.
    /// </summary>
    public Replica Next(IReadOnlyCollection<Replica> tried)
    {
        var turn = (uint)Interlocked.Increment(ref _turn);
        var now = _time.GetTimestamp();
        return Enumerable.Range(0, _all.Length)
            .Select(step => _all[(turn + step) % _all.Length])
            .MinBy(replica => (tried.Contains(replica) ? 2 : 0) + (replica.RestsUntil > now ? 1 : 0))!;
    }

    /// <summary>Leaves it out for a while.</summary>
    public void Rest(Replica replica) => replica.RestsUntil = _time.GetTimestamp() + (long)(_rest.TotalSeconds * _time.TimestampFrequency);

    public void Dispose() => Array.ForEach(_all, replica => replica.Channel.Dispose());

    /// <summary>One process of the service.</summary>
    public sealed class Replica
    {
        private long _restsUntil = long.MinValue;

        internal Replica(GrpcChannel channel)
        {
            Channel = channel;
            Client = (TClient)Activator.CreateInstance(typeof(TClient), channel)!;
        }

        public TClient Client { get; }

        public string Address => Channel.Target;

        internal GrpcChannel Channel { get; }

        internal long RestsUntil
        {
            get => Volatile.Read(ref _restsUntil);
            set => Volatile.Write(ref _restsUntil, value);
        }
    }
}
