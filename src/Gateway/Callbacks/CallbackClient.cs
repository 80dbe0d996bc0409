using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Callbacks;

/// <summary>The name leads to an address that is not public.</summary>
public sealed class ForbiddenAddressException() : IOException("The name leads to an address that is not public.");

/// <summary>
/// Sends to addresses that strangers chose. What a name leads to is looked up here and checked when the connection is made, and that very address is
/// connected to, so that no second answer of a name server counts. No redirect, no proxy, no cookie, no credentials, no connection kept; of the answer
/// nothing but its status is read. No span is made, which would tell the address, and no trace goes out.
/// </summary>
public sealed class CallbackClient : IDisposable
{
    private const int ResponseHeaderKilobytes = 16;

    private readonly CallbackOptions _options;
    private readonly HttpMessageInvoker _http;

    public CallbackClient(IOptions<CallbackOptions> options)
    {
        _options = options.Value;
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = ConnectAsync,
            ConnectTimeout = _options.ConnectDeadline,
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionLifetime = TimeSpan.Zero,
            MaxResponseHeadersLength = ResponseHeaderKilobytes,
            MaxResponseDrainSize = 0,
            ActivityHeadersPropagator = null,
        });
    }

    /// <returns>The answer's status and headers; disposing it closes the connection, whatever else it would say.</returns>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => _http.SendAsync(request, cancellationToken);

    public void Dispose() => _http.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken);
        if (!_options.AllowPrivate && !addresses.All(PublicAddresses.Contain))
        {
            throw new ForbiddenAddressException();
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
