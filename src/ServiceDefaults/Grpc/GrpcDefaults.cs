using System.Net;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Emotion.ServiceDefaults;

/// <summary>gRPC as every service of the system serves and calls it.</summary>
public static class GrpcDefaults
{
    /// <summary>Serves gRPC with bounded messages; the standard health service answers with what <c>/health</c> says.</summary>
    public static IHostApplicationBuilder AddGrpcServiceDefaults(
        this IHostApplicationBuilder builder, Action<GrpcServiceOptions>? configure = null)
    {
        builder.Services.AddOptions<GrpcServerOptions>().BindConfiguration(GrpcServerOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.AddServiceToken();
        builder.Services.AddGrpc(options =>
        {
            options.Interceptors.Add<RequireTokenInterceptor>(); // Before anything is done for a caller.
            configure?.Invoke(options);
        });
        builder.Services.AddOptions<GrpcServiceOptions>().Configure<IOptions<GrpcServerOptions>>((options, limits) =>
        {
            options.MaxReceiveMessageSize = limits.Value.MaximumReceiveBytes;
            options.MaxSendMessageSize = limits.Value.MaximumSendBytes;
        });
        builder.Services.AddGrpcHealthChecks();
        return builder;
    }

    /// <summary>
    /// <see cref="Replicas{TClient}" /> of <paramref name="service" />, for callers that choose the replica of each try: <see cref="ReplicaAddresses" /> says where
    /// they are. Their calls need a deadline.
    /// </summary>
    /// <typeparam name="TClient">The generated client.</typeparam>
    /// <param name="builder">The caller.</param>
    /// <param name="service">The name of the service in AppHost, without a replica's number.</param>
    public static IHostApplicationBuilder AddReplicas<TClient>(this IHostApplicationBuilder builder, string service) where TClient : ClientBase
    {
        builder.AddReplicaWatches();
        builder.Services.AddSingleton(services =>
        {
            var options = services.GetRequiredService<IOptions<GrpcClientOptions>>().Value;
            return new Replicas<TClient>(
                services.GetRequiredService<ReplicaWatches>().Of(service), Connect, services.GetRequiredService<ServiceToken>(), services.GetRequiredService<TimeProvider>(),
                options.LongestReconnectBackOff, options.KeepGone);

            GrpcChannel Connect(Uri address) => GrpcChannel.ForAddress(address, new GrpcChannelOptions
            {
                HttpHandler = Handler(options),
                DisposeHttpClient = true,
                Credentials = ChannelCredentials.Insecure,
                MaxReceiveMessageSize = options.MaximumReceiveBytes,
                MaxSendMessageSize = options.MaximumSendBytes,
                MaxReconnectBackoff = options.LongestReconnectBackOff,
                ServiceConfig = new ServiceConfig { LoadBalancingConfigs = { new RoundRobinConfig() } },
            });
        });
        return builder;
    }

    /// <summary>The secret of the system, where it has one; a file of it is read once.</summary>
    private static void AddServiceToken(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<ServiceTokenOptions>().BindConfiguration(ServiceTokenOptions.Section)
            .PostConfigure(token => token.ReadFile())
            .ValidateDataAnnotations()
            .Validate(token => token.File.Length == 0 || token.Value.Length > 0, "The file that Grpc:Token:File names is empty: it must have 32 to 512 visible ASCII characters.")
            .Validate<IConfiguration>(
                (token, configuration) => token.Value.Length > 0 || configuration[ServiceTokenOptions.Section + ":Value"] is null,
                "Grpc:Token:Value is there and empty, as of a secret that nobody has filled. Where calls need no token, leave it out.")
            .Validate(token => token.Previous.Length == 0 || token.Value.Length > 0, "Grpc:Token:Previous is taken beside Grpc:Token:Value, which is missing.")
            .ValidateOnStart();
        builder.Services.TryAddSingleton<ServiceToken>();
    }

    private static void AddReplicaWatches(this IHostApplicationBuilder builder)
    {
        builder.AddServiceToken();
        builder.Services.AddOptions<GrpcClientOptions>().BindConfiguration(GrpcClientOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<HostLookup>(Dns.GetHostAddressesAsync);
        builder.Services.TryAddSingleton<ReplicaWatches>();
    }

    private static SocketsHttpHandler Handler(GrpcClientOptions options) => new()
    {
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = options.ConnectTimeout,
        KeepAlivePingDelay = options.KeepAliveDelay,
        KeepAlivePingTimeout = options.KeepAliveTimeout,
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
        PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        UseProxy = false,
    };
}
