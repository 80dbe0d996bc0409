using System.Net;
using System.Net.Sockets;
using Grpc.Core;

namespace Grpc.Net.Client.Balancer;

/// <summary><c>dns:///host:port</c>: every address that the name has, as of a headless service.</summary>
public sealed class DnsResolverFactory(TimeSpan refreshInterval) : ResolverFactory
{
    public override string Name => "dns";

    public override Resolver Create(ResolverOptions options)
    {
        var target = new Uri("dns://" + options.Address.GetComponents(UriComponents.Path, UriFormat.Unescaped).TrimStart('/'));
        return string.IsNullOrEmpty(target.Host)
            ? throw new InvalidOperationException($"'{options.Address}' names no host: write dns:///host:port.")
            : new DnsResolver(target.Host, target.Port > 0 ? target.Port : options.DefaultPort, refreshInterval);
    }
}

internal sealed class DnsResolver(string host, int port, TimeSpan refreshInterval) : Resolver
{
    private static readonly TimeSpan MinPause = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private Action<ResolverResult> _listener = null!;

    public override void Start(Action<ResolverResult> listener)
    {
        _listener = listener;
        _ = Task.Run(RunAsync);
    }

    public override void Refresh()
    {
        lock (_wake)
        {
            if (_wake.CurrentCount == 0)
            {
                _wake.Release();
            }
        }
    }

    protected override void Dispose(bool disposing) => _stop.Cancel();

    /// <summary>Asks again when the interval is over or somebody wants it, but never more often than the pause allows.</summary>
    private async Task RunAsync()
    {
        var interval = refreshInterval > TimeSpan.Zero ? refreshInterval : Timeout.InfiniteTimeSpan;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var found = await Dns.GetHostAddressesAsync(host, _stop.Token).ConfigureAwait(false);
                _listener(ResolverResult.ForResult(
                    [.. found.Select(ip => new BalancerAddress(Text(ip), port) { Authority = $"{host}:{port}" })]));
            }
            catch (Exception exception) when (exception is SocketException or ArgumentException)
            {
                _listener(ResolverResult.ForFailure(new Status(
                    StatusCode.Unavailable, $"Error getting DNS hosts for '{host}': {exception.Message}", exception)));
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(MinPause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ((Task)_wake.WaitAsync(interval, _stop.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static string Text(IPAddress ip) =>
        ip.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{ip}]" : ip.ToString();
}
