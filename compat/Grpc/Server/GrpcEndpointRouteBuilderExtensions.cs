using System.Reflection;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

public static class GrpcEndpointRouteBuilderExtensions
{
    /// <summary>One endpoint per method of the service, and UNIMPLEMENTED for whatever else is asked for.</summary>
    public static GrpcServiceEndpointConventionBuilder MapGrpcService<TService>(this IEndpointRouteBuilder builder)
        where TService : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        var mapped = builder.ServiceProvider.GetService<MappedServices>()
            ?? throw new InvalidOperationException("Call services.AddGrpc() before mapping gRPC services.");

        var binder = new MethodBinder<TService>(builder);
        Bind(typeof(TService), binder);
        var endpoints = binder.Endpoints;
        endpoints.AddRange(mapped.MapUnimplemented(builder, binder.ServiceName));
        return new GrpcServiceEndpointConventionBuilder(endpoints);
    }

    private static void Bind(Type service, ServiceBinderBase binder)
    {
        BindServiceMethodAttribute? attribute = null;
        Type? owner = service;
        while (owner is not null && (attribute = owner.GetCustomAttribute<BindServiceMethodAttribute>(inherit: false)) is null)
        {
            owner = owner.BaseType;
        }

        var bind = attribute?.BindType.GetMethod(
            attribute.BindMethodName, BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static,
            [typeof(ServiceBinderBase), owner!]);
        if (bind is null)
        {
            throw new InvalidOperationException(
                $"{service} does not derive from the base class of a gRPC service, so its methods cannot be found.");
        }

        bind.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [binder, null], null);
    }
}

public sealed class GrpcServiceEndpointConventionBuilder : IEndpointConventionBuilder
{
    private readonly IReadOnlyList<IEndpointConventionBuilder> _endpoints;

    internal GrpcServiceEndpointConventionBuilder(IReadOnlyList<IEndpointConventionBuilder> endpoints) => _endpoints = endpoints;

    public void Add(Action<EndpointBuilder> convention)
    {
        foreach (var endpoint in _endpoints)
        {
            endpoint.Add(convention);
        }
    }

    public void Finally(Action<EndpointBuilder> finalConvention)
    {
        foreach (var endpoint in _endpoints)
        {
            endpoint.Finally(finalConvention);
        }
    }
}
