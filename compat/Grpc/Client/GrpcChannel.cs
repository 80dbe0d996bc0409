using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>
/// The way to one service: <c>http://host:port</c>, or an address that a resolver turns into the addresses of its replicas
/// (<c>static:///name</c>, <c>dns:///host:port</c>). Thread-safe; connections are made when the first call needs them.
/// </summary>
public sealed class GrpcChannel : ChannelBase, IDisposable
{
    private readonly ConcurrentDictionary<IMethod, ClientMethod> _methods = new();
    private readonly Uri? _address;
    private readonly ServiceConfig? _config;
    private readonly HttpMessageInvoker? _invoker;
    private readonly HttpClient? _client;
    private readonly bool _disposeTransport;
    private readonly int? _maxRetryAttempts;
    private long _retryBytes;

    private GrpcChannel(Uri address, GrpcChannelOptions options) : base(address.ToString())
    {
        if (options is { HttpClient: not null, HttpHandler: not null })
        {
            throw new ArgumentException("Give a channel an HttpClient or an HttpHandler, not both.", nameof(options));
        }

        Options = options;
        Encodings = options.CompressionProviders is null ? Encodings.Default : new Encodings(options.CompressionProviders);
        Throttle = RetryThrottle.Create(options.ServiceConfig?.RetryThrottling);
        IsSecure = FindSecurity(address, options);
        _config = options.ServiceConfig;
        _maxRetryAttempts = options.MaxRetryAttempts;
        _disposeTransport = options.DisposeHttpClient || options is { HttpClient: null, HttpHandler: null };
        _client = options.HttpClient;

        var isHttp = TransportDefaults.IsHttp(address);
        _address = isHttp ? address : null;
        if (_client is null)
        {
            _invoker = new HttpMessageInvoker(options.HttpHandler ?? TransportDefaults.CreateHandler(address), _disposeTransport);
        }

        Balancer = isHttp ? null : ReplicaBalancer.Create(this, address);
    }

    internal GrpcChannelOptions Options { get; }

    internal Encodings Encodings { get; }

    internal RetryThrottle? Throttle { get; }

    internal bool IsSecure { get; }

    internal ReplicaBalancer? Balancer { get; }

    internal bool Disposed { get; private set; }

    public static GrpcChannel ForAddress(string address) => ForAddress(address, new GrpcChannelOptions());

    public static GrpcChannel ForAddress(string address, GrpcChannelOptions channelOptions) =>
        ForAddress(new Uri(address), channelOptions);

    public static GrpcChannel ForAddress(Uri address) => ForAddress(address, new GrpcChannelOptions());

    public static GrpcChannel ForAddress(Uri address, GrpcChannelOptions channelOptions)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(channelOptions);
        return new GrpcChannel(address, channelOptions);
    }

    public override CallInvoker CreateCallInvoker()
    {
        ObjectDisposedException.ThrowIf(Disposed, this);
        return new HttpCallInvoker(this);
    }

    /// <summary>Ends once a replica can be reached; only of use where the channel balances.</summary>
    public async Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(Disposed, this);
        if (Balancer is not null)
        {
            await Balancer.PickAsync(waitForReady: true, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        if (Disposed)
        {
            return;
        }

        Disposed = true;
        Balancer?.Dispose();
        _invoker?.Dispose();
        if (_disposeTransport)
        {
            _client?.Dispose();
        }
    }

    internal ClientMethod GetMethod(IMethod method) => _methods.GetOrAdd(
        method,
        static (method, channel) => new ClientMethod(
            method, channel._address, RetryRule.Find(channel._config, method, channel._maxRetryAttempts)),
        this);

    internal Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _invoker is not null
            ? _invoker.SendAsync(request, cancellationToken)
            : _client!.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);

    /// <summary>False where the request is too large to be kept, or too much is kept already.</summary>
    internal bool TryKeepForRetry(long bytes)
    {
        if (bytes > Options.MaxRetryBufferPerCallSize)
        {
            return false;
        }

        if (Interlocked.Add(ref _retryBytes, bytes) <= (Options.MaxRetryBufferSize ?? long.MaxValue))
        {
            return true;
        }

        Interlocked.Add(ref _retryBytes, -bytes);
        return false;
    }

    internal void ReleaseRetry(long bytes) => Interlocked.Add(ref _retryBytes, -bytes);

    protected override Task ShutdownAsyncCore()
    {
        Dispose();
        return Task.CompletedTask;
    }

    private static bool FindSecurity(Uri address, GrpcChannelOptions options)
    {
        bool? fromAddress = address.Scheme == Uri.UriSchemeHttps ? true : address.Scheme == Uri.UriSchemeHttp ? false : null;
        var fromCredentials = options.Credentials?.IsSecure;
        if (fromAddress is { } known)
        {
            return fromCredentials is null || fromCredentials == known
                ? known
                : throw new InvalidOperationException(
                    $"Channel is configured with {(known ? "insecure" : "secure")} credentials, but its address is {address}.");
        }

        return fromCredentials ?? throw new InvalidOperationException(
            $"Unable to determine the TLS configuration of the channel from address '{address}'. "
            + $"{nameof(GrpcChannelOptions)}.{nameof(GrpcChannelOptions.Credentials)} must be specified when the address "
            + "doesn't have a 'http' or 'https' scheme.");
    }
}
