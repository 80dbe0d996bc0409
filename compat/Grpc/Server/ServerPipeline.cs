using Grpc.Core;

namespace Grpc.AspNetCore.Server;

/// <summary>Wraps the interceptors around a method, the first of them outermost.</summary>
internal static class ServerPipeline
{
    public static UnaryServerMethod<TRequest, TResponse> Unary<TRequest, TResponse>(
        IReadOnlyList<InterceptorRegistration> interceptors, UnaryServerMethod<TRequest, TResponse> method)
        where TRequest : class where TResponse : class =>
        interceptors.Reverse().Aggregate(method, static (next, registration) => (request, context) =>
            registration.Get(context.GetHttpContext().RequestServices).UnaryServerHandler(request, context, next));

    public static ClientStreamingServerMethod<TRequest, TResponse> ClientStreaming<TRequest, TResponse>(
        IReadOnlyList<InterceptorRegistration> interceptors, ClientStreamingServerMethod<TRequest, TResponse> method)
        where TRequest : class where TResponse : class =>
        interceptors.Reverse().Aggregate(method, static (next, registration) => (requests, context) =>
            registration.Get(context.GetHttpContext().RequestServices).ClientStreamingServerHandler(requests, context, next));

    public static ServerStreamingServerMethod<TRequest, TResponse> ServerStreaming<TRequest, TResponse>(
        IReadOnlyList<InterceptorRegistration> interceptors, ServerStreamingServerMethod<TRequest, TResponse> method)
        where TRequest : class where TResponse : class =>
        interceptors.Reverse().Aggregate(method, static (next, registration) => (request, responses, context) =>
            registration.Get(context.GetHttpContext().RequestServices)
                .ServerStreamingServerHandler(request, responses, context, next));

    public static DuplexStreamingServerMethod<TRequest, TResponse> DuplexStreaming<TRequest, TResponse>(
        IReadOnlyList<InterceptorRegistration> interceptors, DuplexStreamingServerMethod<TRequest, TResponse> method)
        where TRequest : class where TResponse : class =>
        interceptors.Reverse().Aggregate(method, static (next, registration) => (requests, responses, context) =>
            registration.Get(context.GetHttpContext().RequestServices)
                .DuplexStreamingServerHandler(requests, responses, context, next));
}
