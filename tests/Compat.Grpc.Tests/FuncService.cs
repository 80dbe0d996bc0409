using Grpc.Core;
using Grpc.Testing;

namespace Emotion.Compat.Grpc.Tests;

/// <summary>A service that does what one test wants.</summary>
public sealed class Handlers
{
    public Func<SimpleRequest, ServerCallContext, Task<SimpleResponse>> Unary { get; set; } =
        (_, _) => Task.FromResult(new SimpleResponse());

    public Func<StreamingOutputCallRequest, IServerStreamWriter<StreamingOutputCallResponse>, ServerCallContext, Task> Output
    {
        get;
        set;
    } = (_, _, _) => Task.CompletedTask;

    public Func<IAsyncStreamReader<StreamingInputCallRequest>, ServerCallContext, Task<StreamingInputCallResponse>> Input
    {
        get;
        set;
    } = (_, _) => Task.FromResult(new StreamingInputCallResponse());
}

public sealed class FuncService(Handlers handlers) : TestService.TestServiceBase
{
    public override Task<SimpleResponse> UnaryCall(SimpleRequest request, ServerCallContext context) =>
        handlers.Unary(request, context);

    public override Task StreamingOutputCall(
        StreamingOutputCallRequest request, IServerStreamWriter<StreamingOutputCallResponse> responseStream,
        ServerCallContext context) => handlers.Output(request, responseStream, context);

    public override Task<StreamingInputCallResponse> StreamingInputCall(
        IAsyncStreamReader<StreamingInputCallRequest> requestStream, ServerCallContext context) =>
        handlers.Input(requestStream, context);
}
