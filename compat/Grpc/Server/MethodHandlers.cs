using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server;

internal sealed class UnaryHandler<TRequest, TResponse>(
    Method<TRequest, TResponse> method, MethodOptions options, ILogger logger,
    UnaryServerMethod<TRequest, TResponse> pipeline) : MethodHandler(method, options, logger)
    where TRequest : class where TResponse : class
{
    protected override async Task InvokeAsync(HttpServerCallContext call)
    {
        var request = await ReadSingleAsync(call, method.RequestMarshaller).ConfigureAwait(false);
        var response = await pipeline(request, call).ConfigureAwait(false);
        await WriteSingleAsync(call, method.ResponseMarshaller, response).ConfigureAwait(false);
    }
}

internal sealed class ClientStreamingHandler<TRequest, TResponse>(
    Method<TRequest, TResponse> method, MethodOptions options, ILogger logger,
    ClientStreamingServerMethod<TRequest, TResponse> pipeline) : MethodHandler(method, options, logger)
    where TRequest : class where TResponse : class
{
    protected override async Task InvokeAsync(HttpServerCallContext call)
    {
        var requests = new HttpStreamReader<TRequest>(call, method.RequestMarshaller);
        var response = await pipeline(requests, call).ConfigureAwait(false);
        await WriteSingleAsync(call, method.ResponseMarshaller, response).ConfigureAwait(false);
    }
}

internal sealed class ServerStreamingHandler<TRequest, TResponse>(
    Method<TRequest, TResponse> method, MethodOptions options, ILogger logger,
    ServerStreamingServerMethod<TRequest, TResponse> pipeline) : MethodHandler(method, options, logger)
    where TRequest : class where TResponse : class
{
    protected override async Task InvokeAsync(HttpServerCallContext call)
    {
        var request = await ReadSingleAsync(call, method.RequestMarshaller).ConfigureAwait(false);
        var responses = new HttpStreamWriter<TResponse>(call, method.ResponseMarshaller);
        await pipeline(request, responses, call).ConfigureAwait(false);
    }
}

internal sealed class DuplexStreamingHandler<TRequest, TResponse>(
    Method<TRequest, TResponse> method, MethodOptions options, ILogger logger,
    DuplexStreamingServerMethod<TRequest, TResponse> pipeline) : MethodHandler(method, options, logger)
    where TRequest : class where TResponse : class
{
    protected override Task InvokeAsync(HttpServerCallContext call) => pipeline(
        new HttpStreamReader<TRequest>(call, method.RequestMarshaller),
        new HttpStreamWriter<TResponse>(call, method.ResponseMarshaller),
        call);
}
