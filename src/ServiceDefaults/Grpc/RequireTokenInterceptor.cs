using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Emotion.ServiceDefaults;

/// <summary>Answers those alone who show the token, where there is one. Whether a service is healthy is told to everybody.</summary>
internal sealed class RequireTokenInterceptor(ServiceToken token) : Interceptor
{
    private const string Health = "/grpc.health.v1.Health/";

    private static readonly Status Refused = new(StatusCode.Unauthenticated, "The call does not show the token of this system (Grpc:Token, the same for all of its processes).");

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        Require(context);
        return continuation(request, context);
    }

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Require(context);
        return continuation(requestStream, context);
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Require(context);
        return continuation(request, responseStream, context);
    }

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Require(context);
        return continuation(requestStream, responseStream, context);
    }

    private void Require(ServerCallContext context)
    {
        if (!context.Method.StartsWith(Health, StringComparison.Ordinal) && !token.IsShownIn(context.RequestHeaders))
        {
            throw new RpcException(Refused);
        }
    }
}
