using System.Net;
using System.Reflection;
using Google.Protobuf.Reflection;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;
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
        builder.Services.AddGrpc(options => configure?.Invoke(options));
        builder.Services.AddOptions<GrpcServiceOptions>().Configure<IOptions<GrpcServerOptions>>((options, limits) =>
        {
            options.MaxReceiveMessageSize = limits.Value.MaximumReceiveBytes;
            options.MaxSendMessageSize = limits.Value.MaximumSendBytes;
        });
        builder.Services.AddGrpcHealthChecks();
        return builder;
    }

    /// <summary>
    /// A client that gives each call to the next replica of <paramref name="service" /> that answers: <see cref="ReplicaAddresses" />
    /// says where they are. Dead and hung ones are noticed and left out until they are back. Unary calls that the contract declares
    /// NO_SIDE_EFFECTS or IDEMPOTENT are tried again when a replica is unavailable or has not what is asked for; streams are not, since only the caller knows
    /// what it has sent.
    /// </summary>
    /// <typeparam name="TClient">The generated client.</typeparam>
    /// <param name="builder">The caller.</param>
    /// <param name="service">The name of the service in AppHost, without a replica's number.</param>
    public static IHttpClientBuilder AddReplicatedGrpcClient<TClient>(this IHostApplicationBuilder builder, string service)
        where TClient : ClientBase
    {
        builder.AddReplicaWatches();
        builder.Services.TryAddSingleton<ResolverFactory, ReplicaResolverFactory>();

        return builder.Services
            .AddGrpcClient<TClient>(options => options.Address = new Uri($"{ReplicaResolverFactory.Scheme}:///{service}"))
            .ConfigureChannel((services, channel) => Configure(channel, services.GetRequiredService<IOptions<GrpcClientOptions>>().Value, typeof(TClient)))
            .ConfigurePrimaryHttpMessageHandler(services => Handler(services.GetRequiredService<IOptions<GrpcClientOptions>>().Value))
            .AddInterceptor(services => new DeadlineInterceptor(
                services.GetRequiredService<IOptions<GrpcClientOptions>>().Value.DefaultDeadline, services.GetRequiredService<TimeProvider>()));
    }

    /// <summary>
    /// <see cref="Replicas{TClient}" />, for callers that choose the replica of each try themselves. Their calls need a deadline.
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
                services.GetRequiredService<ReplicaWatches>().Of(service), Connect, services.GetRequiredService<TimeProvider>(),
                options.LongestReconnectBackOff, options.KeepGone);

            GrpcChannel Connect(Uri address)
            {
                var channel = new GrpcChannelOptions { HttpHandler = Handler(options), DisposeHttpClient = true };
                Configure(channel, options, typeof(TClient));
                return GrpcChannel.ForAddress(address, channel);
            }
        });
        return builder;
    }

    private static void AddReplicaWatches(this IHostApplicationBuilder builder)
    {
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

    private static void Configure(GrpcChannelOptions channel, GrpcClientOptions options, Type client)
    {
        channel.Credentials = ChannelCredentials.Insecure;
        channel.MaxReceiveMessageSize = options.MaximumReceiveBytes;
        channel.MaxSendMessageSize = options.MaximumSendBytes;
        channel.MaxReconnectBackoff = options.LongestReconnectBackOff;
        channel.ServiceConfig = new ServiceConfig { LoadBalancingConfigs = { new RoundRobinConfig() } };

        var retried = new MethodConfig
        {
            RetryPolicy = new RetryPolicy
            {
                MaxAttempts = Math.Max(options.Attempts, 2),
                InitialBackoff = options.FirstBackOff,
                MaxBackoff = options.LongestBackOff,
                BackoffMultiplier = 2,
                // NotFound: this replica has not loaded the release that is asked for; another one has.
                RetryableStatusCodes = { StatusCode.Unavailable, StatusCode.NotFound },
            },
        };
        foreach (var method in Repeatable(client))
            retried.Names.Add(method);
        if (options.Attempts > 1 && retried.Names.Count > 0)
            channel.ServiceConfig.MethodConfigs.Add(retried);
    }

    /// <summary>The unary methods that the contract allows to be called again.</summary>
    private static IEnumerable<MethodName> Repeatable(Type client)
    {
        // A generated client is nested in the class that has the service's description.
        var descriptor = (Google.Protobuf.Reflection.ServiceDescriptor?)client.DeclaringType?.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null)
            ?? throw new ArgumentException($"{client} was not generated from a proto file.", nameof(client));
        return
            from method in descriptor.Methods
            where !method.IsClientStreaming && !method.IsServerStreaming
            where method.GetOptions() is { IdempotencyLevel: MethodOptions.Types.IdempotencyLevel.NoSideEffects or MethodOptions.Types.IdempotencyLevel.Idempotent }
            select new MethodName { Service = descriptor.FullName, Method = method.Name };
    }
}
