using Emotion.Inference;
using Emotion.ServiceDefaults;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Emotion.Serving;

/// <summary>What a call computes goes behind that of others where its caller says that it is of a batch: <see cref="CallPriority"/>.</summary>
public sealed class PriorityInterceptor : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        Heed(context);
        return await continuation(request, context);
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Heed(context);
        return await continuation(requestStream, context);
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Heed(context);
        await continuation(request, responseStream, context);
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Heed(context);
        await continuation(requestStream, responseStream, context);
    }

    // What an asynchronous method sets is gone for its caller when it ends, and so for the connection's next call.
    private static void Heed(ServerCallContext context) => WorkPriority.IsOfBatch = CallPriority.IsSaid(context.RequestHeaders);
}
