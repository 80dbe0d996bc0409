using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Grpc.Net.ClientFactory;

/// <summary>One channel per name, as long as the application lives.</summary>
internal sealed class ChannelCache(
    IServiceProvider services, IHttpMessageHandlerFactory handlers, IOptionsMonitor<GrpcClientFactoryOptions> options,
    ILoggerFactory loggers) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<(GrpcChannel Channel, CallInvoker Invoker)>> _channels = new();

    public CallInvoker Get(string name) => _channels.GetOrAdd(name, static (name, cache) => new(() => cache.Create(name)), this)
        .Value.Invoker;

    public void Dispose()
    {
        foreach (var entry in _channels.Values.Where(entry => entry.IsValueCreated))
        {
            entry.Value.Channel.Dispose();
        }
    }

    private (GrpcChannel Channel, CallInvoker Invoker) Create(string name)
    {
        var configured = options.Get(name);
        var channelOptions = new GrpcChannelOptions
        {
            HttpHandler = handlers.CreateHandler(name),
            LoggerFactory = loggers,
            ServiceProvider = services,
        };
        foreach (var configure in configured.ChannelOptionsActions)
        {
            configure(channelOptions);
        }

        var address = configured.Address ?? throw new InvalidOperationException(
            $"Could not resolve the address for gRPC client '{name}': set {nameof(GrpcClientFactoryOptions.Address)}.");
        var channel = GrpcChannel.ForAddress(address, channelOptions);
        var interceptors = configured.InterceptorRegistrations
            .Where(registration => registration.Scope == InterceptorScope.Channel)
            .Select(registration => registration.Creator(services));
        return (channel, channel.CreateCallInvoker().Intercept([.. interceptors]));
    }
}

internal sealed class DefaultGrpcClientFactory(
    IServiceProvider services, ChannelCache channels, IOptionsMonitor<GrpcClientFactoryOptions> options) : GrpcClientFactory
{
    public override TClient CreateClient<TClient>(string name)
    {
        var configured = options.Get(name);
        var invoker = channels.Get(name);
        foreach (var registration in configured.InterceptorRegistrations.Reverse())
        {
            if (registration.Scope == InterceptorScope.Client)
            {
                invoker = invoker.Intercept(registration.Creator(services));
            }
        }

        return (TClient)(configured.Creator?.Invoke(invoker) ?? Activation<TClient>.Create(services, [invoker]));
    }

    private static class Activation<TClient>
    {
        public static readonly ObjectFactory Create =
            ActivatorUtilities.CreateFactory(typeof(TClient), [typeof(CallInvoker)]);
    }
}
