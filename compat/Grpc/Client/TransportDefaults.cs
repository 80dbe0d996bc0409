namespace Grpc.Net.Client;

/// <summary>The HTTP handler of channels that are given none.</summary>
internal static class TransportDefaults
{
    /// <summary>
    /// Redirects and cookies mean nothing to gRPC, and each is a layer that every call would pass. Where the channel balances,
    /// pings find replicas that hang; other channels send none, since grpc-core servers take frequent pings for an attack.
    /// </summary>
    public static SocketsHttpHandler CreateHandler(Uri? address)
    {
        var handler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            AllowAutoRedirect = false,
            UseCookies = false,
        };
        if (address is not null && !IsHttp(address))
        {
            handler.KeepAlivePingDelay = TimeSpan.FromSeconds(10);
            handler.KeepAlivePingTimeout = TimeSpan.FromSeconds(5);
        }

        return handler;
    }

    public static bool IsHttp(Uri address) => address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps;
}
