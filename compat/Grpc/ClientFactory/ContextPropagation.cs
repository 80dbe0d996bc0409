using Grpc.AspNetCore.Server.Features;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.ClientFactory;

public class GrpcContextPropagationOptions
{
    /// <summary>Where no gRPC call is being served, call without anything to propagate rather than throw.</summary>
    public bool SuppressContextNotFoundErrors { get; set; }
}

/// <summary>Gives deadline and cancellation of the call that is being served to the calls made for it.</summary>
internal sealed class ContextPropagationInterceptor(IHttpContextAccessor accessor, GrpcContextPropagationOptions options) :
    ContextInterceptor
{
    protected override ClientInterceptorContext<TRequest, TResponse> Change<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context)
    {
        if (accessor.HttpContext?.Features.Get<IServerCallContextFeature>()?.ServerCallContext is { } served)
        {
            return new ClientInterceptorContext<TRequest, TResponse>(
                context.Method, context.Host, context.Options.WithPropagationToken(served.CreatePropagationToken()));
        }

        return options.SuppressContextNotFoundErrors
            ? context
            : throw new InvalidOperationException(
                "Unable to propagate server context values to the call. Can't find the gRPC call that is being served.");
    }
}
