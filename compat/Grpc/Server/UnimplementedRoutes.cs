using Grpc.Core;
using Grpc.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Grpc.AspNetCore.Server;

/// <summary>Answers UNIMPLEMENTED for methods and services that nobody mapped.</summary>
internal static class UnimplementedRoutes
{
    public const string Constraint = "grpcunimplemented";

    public static IEndpointConventionBuilder MapMethods(IEndpointRouteBuilder builder, string serviceName) =>
        builder
            .MapPost($"/{serviceName}/{{unimplementedMethod:{Constraint}}}", http => Answer(http, "Method is unimplemented."))
            .WithDisplayName($"gRPC - Unimplemented method of {serviceName}");

    public static IEndpointConventionBuilder MapServices(IEndpointRouteBuilder builder) =>
        builder
            .MapPost(
                $"{{unimplementedService}}/{{unimplementedMethod:{Constraint}}}",
                http => Answer(http, "Service is unimplemented."))
            .WithDisplayName("gRPC - Unimplemented service");

    private static Task Answer(HttpContext http, string message)
    {
        if (Admission.Refuse(http) is { } refusal)
        {
            return refusal;
        }

        http.Response.ContentType = HeaderText.ContentType;
        http.Response.Headers.GrpcStatus = ((int)StatusCode.Unimplemented).ToString(System.Globalization.CultureInfo.InvariantCulture);
        http.Response.Headers.GrpcMessage = HeaderText.EncodeMessage(message);
        return Task.CompletedTask;
    }
}

/// <summary>Keeps those routes away from requests that are no gRPC calls.</summary>
internal sealed class UnimplementedConstraint : IRouteConstraint
{
    public bool Match(
        HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        httpContext is null || HeaderText.IsGrpc(httpContext.Request.ContentType);
}

/// <summary>Which fallbacks are mapped already: one per service name, one for all services.</summary>
internal sealed class MappedServices
{
    private readonly HashSet<string> _names = [];

    public IEnumerable<IEndpointConventionBuilder> MapUnimplemented(IEndpointRouteBuilder builder, string serviceName)
    {
        if (_names.Count == 0)
        {
            yield return UnimplementedRoutes.MapServices(builder);
        }

        if (_names.Add(serviceName))
        {
            yield return UnimplementedRoutes.MapMethods(builder, serviceName);
        }
    }
}

/// <summary>Whether a request can be a gRPC call at all.</summary>
internal static class Admission
{
    /// <summary>Null where it can; else the answer has been made.</summary>
    public static Task? Refuse(HttpContext http)
    {
        var request = http.Request;
        if (!HttpProtocol.IsHttp2(request.Protocol) && !HttpProtocol.IsHttp3(request.Protocol))
        {
            return Answer(http, StatusCodes.Status426UpgradeRequired, StatusCode.Internal,
                $"Request protocol '{request.Protocol}' is not supported: gRPC needs HTTP/2.");
        }

        return HeaderText.IsGrpc(request.ContentType)
            ? null
            : Answer(http, StatusCodes.Status415UnsupportedMediaType, StatusCode.Internal,
                $"Content-Type '{request.ContentType}' is not supported: gRPC needs {HeaderText.ContentType}.");
    }

    private static Task Answer(HttpContext http, int httpStatus, StatusCode status, string message)
    {
        http.Response.StatusCode = httpStatus;
        http.Response.Headers.GrpcStatus = ((int)status).ToString(System.Globalization.CultureInfo.InvariantCulture);
        http.Response.Headers.GrpcMessage = HeaderText.EncodeMessage(message);
        return Task.CompletedTask;
    }
}
