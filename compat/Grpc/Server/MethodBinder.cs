using System.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Grpc.AspNetCore.Server;

/// <summary>Turns each method of a service into an endpoint <c>POST /package.Service/Method</c>.</summary>
internal sealed class MethodBinder<TService> : ServiceBinderBase where TService : class
{
    private readonly IEndpointRouteBuilder _routes;
    private readonly MethodOptions _options;
    private readonly ILogger _logger;

    public MethodBinder(IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider;
        _routes = routes;
        _logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(TService));
        _options = MethodOptions.Create(
            services.GetRequiredService<IOptions<GrpcServiceOptions>>().Value,
            services.GetRequiredService<IOptions<GrpcServiceOptions<TService>>>().Value);
    }

    public List<IEndpointConventionBuilder> Endpoints { get; } = [];

    public string ServiceName { get; private set; } = "";

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        var implementation = Find(method, [typeof(TRequest), typeof(ServerCallContext)]);
        var call = implementation.CreateDelegate<Func<TService, TRequest, ServerCallContext, Task<TResponse>>>();
        UnaryServerMethod<TRequest, TResponse> invoke = (request, context) =>
        {
            var lease = ServiceActivator<TService>.Create(context.GetHttpContext().RequestServices);
            return lease.Owned ? RunOwned(lease, call, request, context) : call(lease.Service, request, context);
        };
        Map(method, implementation, new UnaryHandler<TRequest, TResponse>(
            method, _options, _logger, ServerPipeline.Unary(_options.Interceptors, invoke)));
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var implementation = Find(method, [typeof(IAsyncStreamReader<TRequest>), typeof(ServerCallContext)]);
        var call = implementation
            .CreateDelegate<Func<TService, IAsyncStreamReader<TRequest>, ServerCallContext, Task<TResponse>>>();
        ClientStreamingServerMethod<TRequest, TResponse> invoke = (requests, context) => ServiceActivator<TService>.Run(
            ServiceActivator<TService>.Create(context.GetHttpContext().RequestServices), service => call(service, requests, context));
        Map(method, implementation, new ClientStreamingHandler<TRequest, TResponse>(
            method, _options, _logger, ServerPipeline.ClientStreaming(_options.Interceptors, invoke)));
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var implementation = Find(
            method, [typeof(TRequest), typeof(IServerStreamWriter<TResponse>), typeof(ServerCallContext)]);
        var call = implementation
            .CreateDelegate<Func<TService, TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task>>();
        ServerStreamingServerMethod<TRequest, TResponse> invoke = (request, responses, context) => ServiceActivator<TService>.Run(
            ServiceActivator<TService>.Create(context.GetHttpContext().RequestServices),
            service => call(service, request, responses, context));
        Map(method, implementation, new ServerStreamingHandler<TRequest, TResponse>(
            method, _options, _logger, ServerPipeline.ServerStreaming(_options.Interceptors, invoke)));
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var implementation = Find(
            method,
            [typeof(IAsyncStreamReader<TRequest>), typeof(IServerStreamWriter<TResponse>), typeof(ServerCallContext)]);
        var call = implementation.CreateDelegate<
            Func<TService, IAsyncStreamReader<TRequest>, IServerStreamWriter<TResponse>, ServerCallContext, Task>>();
        DuplexStreamingServerMethod<TRequest, TResponse> invoke = (requests, responses, context) => ServiceActivator<TService>.Run(
            ServiceActivator<TService>.Create(context.GetHttpContext().RequestServices),
            service => call(service, requests, responses, context));
        Map(method, implementation, new DuplexStreamingHandler<TRequest, TResponse>(
            method, _options, _logger, ServerPipeline.DuplexStreaming(_options.Interceptors, invoke)));
    }

    /// <summary>Apart, so that only calls with a service of their own pay for the closure.</summary>
    private static Task<TResponse> RunOwned<TRequest, TResponse>(
        ServiceActivator<TService>.Lease lease, Func<TService, TRequest, ServerCallContext, Task<TResponse>> call,
        TRequest request, ServerCallContext context) =>
        ServiceActivator<TService>.Run(lease, service => call(service, request, context));

    private static MethodInfo Find(IMethod method, Type[] parameters) =>
        typeof(TService).GetMethod(method.Name, BindingFlags.Public | BindingFlags.Instance, parameters)
        ?? throw new InvalidOperationException($"{typeof(TService)} has no public method for {method.FullName}.");

    private void Map(IMethod method, MethodInfo implementation, MethodHandler handler)
    {
        ServiceName = method.ServiceName;
        Endpoints.Add(_routes
            .MapPost(method.FullName, handler.HandleAsync)
            .WithDisplayName($"gRPC - {method.FullName}")
            .WithMetadata(new GrpcMethodMetadata(typeof(TService), method))
            .WithMetadata([.. typeof(TService).GetCustomAttributes(inherit: true)])
            .WithMetadata([.. implementation.GetCustomAttributes(inherit: true)]));
    }
}

/// <summary>Which method an endpoint serves, for middleware that asks.</summary>
public sealed class GrpcMethodMetadata(Type serviceType, IMethod method)
{
    public Type ServiceType { get; } = serviceType;

    public IMethod Method { get; } = method;
}
