using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Emotion.ServiceDefaults;

/// <summary>Every address that a name has now, as of a headless service or of a scaled one of Compose: <c>Dns.GetHostAddressesAsync</c>.</summary>
public delegate Task<IPAddress[]> HostLookup(string host, CancellationToken cancellationToken);

/// <summary>The watches of this process, one for each service.</summary>
public sealed class ReplicaWatches(
    IConfiguration configuration, HostLookup lookup, IOptions<GrpcClientOptions> options, TimeProvider time, ILogger<ReplicaWatch> logger) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<ReplicaWatch>> _watches = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="InvalidOperationException">The service is not configured.</exception>
    public ReplicaWatch Of(string service) => _watches.GetOrAdd(service, name => new Lazy<ReplicaWatch>(() => new ReplicaWatch(
        name, ReplicaAddresses.Of(configuration, name), lookup, options.Value.NameRefresh, time, logger))).Value;

    public void Dispose()
    {
        foreach (var watch in _watches.Values)
            watch.Value.Dispose();
    }
}

/// <summary>
/// Where the replicas of one service are now. A configured name stands for every address that it has, and is looked up again and again,
/// so that replicas come and go without a restart. While a name has none, or cannot be looked up, the addresses of before stay: calls
/// to them fail for themselves. Thread-safe.
/// </summary>
public sealed partial class ReplicaWatch : IDisposable
{
    private readonly string _service;
    private readonly IReadOnlyList<Uri> _configured;
    private readonly HostLookup _lookup;
    private readonly ILogger _logger;
    private readonly Dictionary<Uri, Uri[]> _found = [];
    private readonly List<Action<IReadOnlyList<Uri>>> _followers = [];
    private readonly ConcurrentDictionary<Uri, bool> _away = new();
    private readonly ConcurrentDictionary<Uri, CancellationTokenSource> _callsInFlight = new();
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _lookedUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyList<Uri> _current;

    internal ReplicaWatch(
        string service, IReadOnlyList<Uri> configured, HostLookup lookup, TimeSpan refresh, TimeProvider time, ILogger logger)
    {
        (_service, _configured, _lookup, _logger, _current) = (service, configured, lookup, logger, configured);
        if (configured.Any(IsName))
            _ = Task.Run(() => WatchAsync(refresh, time, _stop.Token)); // Not in the context of whoever asks first.
        else
            _lookedUp.SetResult();
    }

    /// <summary>The addresses; the names themselves until they were looked up for the first time. Never empty.</summary>
    public IReadOnlyList<Uri> Current => Volatile.Read(ref _current);

    /// <summary>Ends when every name was looked up once, found or not: before, a name hides how many replicas it stands for.</summary>
    public Task LookedUp => _lookedUp.Task;

    /// <summary>Somebody has asked the replica how it does; whoever chooses one takes it last while it is away.</summary>
    public void Say(Uri address, bool isAway)
    {
        if (isAway)
            _away[address] = true;
        else
            _away.TryRemove(address, out _);
    }

    public bool IsAway(Uri address) => _away.ContainsKey(address);

    /// <summary>Cancelled when the replica is given up; who calls it from then on gets a new one.</summary>
    public CancellationToken UntilGivenUp(Uri address) => _callsInFlight.GetOrAdd(address, _ => new CancellationTokenSource()).Token;

    /// <summary>It has said nothing for so long that whoever still waits for an answer of it had better ask another one.</summary>
    public void GiveUp(Uri address)
    {
        if (_callsInFlight.TryRemove(address, out var calls))
            calls.Cancel();
    }

    /// <summary>Calls <paramref name="follower" /> at once, and whenever replicas have come or gone; never twice at a time.</summary>
    public IDisposable Follow(Action<IReadOnlyList<Uri>> follower)
    {
        lock (_lock)
        {
            _followers.Add(follower);
            follower(_current);
        }

        return new Following(this, follower);
    }

    public void Dispose() => _stop.Cancel();

    private static bool IsName(Uri address) => address.HostNameType == UriHostNameType.Dns && !address.IsLoopback;

    private async Task WatchAsync(TimeSpan refresh, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(refresh, time);
        try
        {
            do
            {
                await LookUpAsync(cancellationToken);
                _lookedUp.TrySetResult();
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    private async Task LookUpAsync(CancellationToken cancellationToken)
    {
        foreach (var name in _configured.Where(IsName))
        {
            try
            {
                var hosts = await _lookup(name.Host, cancellationToken);
                if (hosts.Length > 0)
                    _found[name] = [.. hosts.Select(host => new UriBuilder(name) { Host = host.ToString() }.Uri)];
            }
            catch (SocketException failure)
            {
                LogUnknown(_service, name.Host, failure.Message);
            }
        }

        Uri[] now = [.. _configured
            .SelectMany(address => _found.TryGetValue(address, out var found) ? found : [address])
            .Distinct()
            .OrderBy(address => address.ToString(), StringComparer.Ordinal)];
        lock (_lock)
        {
            if (now.SequenceEqual(_current))
                return;
            LogReplicas(_service, string.Join(", ", now.Select(address => address.Authority)));
            Volatile.Write(ref _current, now);
            foreach (var gone in _away.Keys.Except(now))
                _away.TryRemove(gone, out _);
            foreach (var gone in _callsInFlight.Keys.Except(now))
                _callsInFlight.TryRemove(gone, out _); // It may finish what it works on.
            _followers.ForEach(follower => follower(now));
        }
    }

    [LoggerMessage(LogLevel.Information, "Replicas of {Service}: {Addresses}")]
    private partial void LogReplicas(string service, string addresses);

    [LoggerMessage(LogLevel.Debug, "Replicas of {Service} stay as they are; {Host} was not found: {Reason}")]
    private partial void LogUnknown(string service, string host, string reason);

    private sealed class Following(ReplicaWatch watch, Action<IReadOnlyList<Uri>> follower) : IDisposable
    {
        public void Dispose()
        {
            lock (watch._lock)
                watch._followers.Remove(follower);
        }
    }
}
