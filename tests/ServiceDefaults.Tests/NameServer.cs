using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Emotion.ServiceDefaults.Tests;

/// <summary>Knows what a test tells it of names; counts what it is asked.</summary>
internal sealed class NameServer
{
    private readonly Channel<string> _asked = Channel.CreateUnbounded<string>();
    private volatile string[] _addresses = [];

    /// <summary>What every name stands for; nothing: it is not known.</summary>
    public string[] Addresses
    {
        set => _addresses = value;
    }

    public async Task<IPAddress[]> LookUpAsync(string host, CancellationToken cancellationToken)
    {
        var now = _addresses;
        await _asked.Writer.WriteAsync(host, cancellationToken);
        return now.Length > 0 ? [.. now.Select(IPAddress.Parse)] : throw new SocketException((int)SocketError.HostNotFound);
    }

    /// <summary>Returns when it has been asked once more.</summary>
    public async Task<string> AskedAsync() => await _asked.Reader.ReadAsync(TestContext.Current.CancellationToken);

    /// <summary>Watches of services at the addresses that are given by their keys, looked up every second.</summary>
    public ReplicaWatches Watch(TimeProvider time, params (string Key, string Address)[] services) => new(
        new ConfigurationBuilder().AddInMemoryCollection(services.ToDictionary(service => service.Key, service => (string?)service.Address)).Build(),
        LookUpAsync, Options.Create(new GrpcClientOptions { NameRefresh = TimeSpan.FromSeconds(1) }), time, NullLogger<ReplicaWatch>.Instance);
}
