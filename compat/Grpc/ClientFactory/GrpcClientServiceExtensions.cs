using Grpc.Net.Client;
using Grpc.Net.ClientFactory;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

public static class GrpcClientServiceExtensions
{
    public static IHttpClientBuilder AddGrpcClient<TClient>(this IServiceCollection services) where TClient : class =>
        services.AddGrpcClient<TClient>(_ => { });

    public static IHttpClientBuilder AddGrpcClient<TClient>(
        this IServiceCollection services, Action<GrpcClientFactoryOptions> configureClient) where TClient : class =>
        services.AddGrpcClient<TClient>(typeof(TClient).Name, configureClient);

    public static IHttpClientBuilder AddGrpcClient<TClient>(
        this IServiceCollection services, Action<IServiceProvider, GrpcClientFactoryOptions> configureClient)
        where TClient : class => services.AddGrpcClient<TClient>(typeof(TClient).Name, configureClient);

    public static IHttpClientBuilder AddGrpcClient<TClient>(
        this IServiceCollection services, string name, Action<GrpcClientFactoryOptions> configureClient) where TClient : class =>
        services.AddGrpcClient<TClient>(name, (_, options) => configureClient(options));

    public static IHttpClientBuilder AddGrpcClient<TClient>(
        this IServiceCollection services, string name, Action<IServiceProvider, GrpcClientFactoryOptions> configureClient)
        where TClient : class
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(configureClient);

        services.AddOptions<GrpcClientFactoryOptions>(name)
            .Configure<IServiceProvider>((options, provider) => configureClient(provider, options));
        services.TryAddSingleton<ChannelCache>();
        services.TryAddTransient<GrpcClientFactory, DefaultGrpcClientFactory>();
        services.AddTransient(provider => provider.GetRequiredService<GrpcClientFactory>().CreateClient<TClient>(name));

        // The channel keeps its handler for good, and reports its calls itself: no rotation, no log lines of HttpClient.
        return services.AddHttpClient(name)
            .ConfigurePrimaryHttpMessageHandler(provider => TransportDefaults.CreateHandler(
                provider.GetRequiredService<IOptionsMonitor<GrpcClientFactoryOptions>>().Get(name).Address))
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers();
    }
}
