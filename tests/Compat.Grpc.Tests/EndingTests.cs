using Grpc.Core;
using Grpc.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.Compat.Grpc.Tests;

/// <summary>How calls end otherwise than by answering.</summary>
public class EndingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Handlers _handlers = new();
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task<TestServer> StartAsync(bool detailed = false) => TestServer.StartAsync<FuncService>(
        options => options.EnableDetailedErrors = detailed, builder => builder.Services.AddSingleton(_handlers));

    private TaskCompletionSource<DateTime> HandlerThatWaitsForItsToken()
    {
        var cancelled = new TaskCompletionSource<DateTime>(TaskCreationOptions.RunContinuationsAsynchronously);
        _handlers.Unary = async (_, context) =>
        {
            _entered.TrySetResult();
            try
            {
                await Task.Delay(Patience, context.CancellationToken);
            }
            finally
            {
                cancelled.TrySetResult(context.Deadline);
            }

            return new SimpleResponse();
        };
        return cancelled;
    }

    [Fact]
    public async Task Caller_ThatCancels_CancelsTheHandler()
    {
        var cancelled = HandlerThatWaitsForItsToken();
        await using var server = await StartAsync();
        using var channel = server.Connect();
        using var cancel = new CancellationTokenSource();
        using var call = new TestService.TestServiceClient(channel)
            .UnaryCallAsync(new SimpleRequest(), cancellationToken: cancel.Token);
        await _entered.Task;
        await cancel.CancelAsync();
        var exception = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);
        Assert.Equal(StatusCode.Cancelled, exception.StatusCode);
        Assert.Equal(DateTime.MaxValue, await cancelled.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Caller_ThatDisposesTheCall_CancelsTheHandler()
    {
        var cancelled = HandlerThatWaitsForItsToken();
        await using var server = await StartAsync();
        using var channel = server.Connect();
        var call = new TestService.TestServiceClient(channel).UnaryCallAsync(new SimpleRequest());
        await _entered.Task;
        call.Dispose();
        await cancelled.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(StatusCode.Cancelled, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task Deadline_ThatPasses_EndsBothSides()
    {
        var cancelled = HandlerThatWaitsForItsToken();
        await using var server = await StartAsync();
        using var channel = server.Connect();
        var deadline = DateTime.UtcNow.AddSeconds(3);
        var exception = await Assert.ThrowsAsync<RpcException>(() => new TestService.TestServiceClient(channel)
            .UnaryCallAsync(new SimpleRequest(), deadline: deadline).ResponseAsync);
        Assert.Equal(StatusCode.DeadlineExceeded, exception.StatusCode);
        var seen = await cancelled.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.InRange((seen - deadline).TotalSeconds, -0.01, 5);
    }

    [Fact]
    public async Task Deadline_AlreadyPassed_SendsNothing()
    {
        using var channel = global::Grpc.Net.Client.GrpcChannel.ForAddress("http://127.0.0.1:1");
        var exception = await Assert.ThrowsAsync<RpcException>(() => new TestService.TestServiceClient(channel)
            .UnaryCallAsync(new SimpleRequest(), deadline: DateTime.UtcNow.AddSeconds(-1)).ResponseAsync);
        Assert.Equal(StatusCode.DeadlineExceeded, exception.StatusCode);
    }

    [Fact]
    public async Task Deadline_InLocalTime_IsRefused()
    {
        await using var server = await StartAsync();
        using var channel = server.Connect();
        Assert.Throws<InvalidOperationException>(() => new TestService.TestServiceClient(channel)
            .UnaryCallAsync(new SimpleRequest(), deadline: DateTime.SpecifyKind(DateTime.UtcNow, DateTimeKind.Local)));
    }

    [Theory]
    [InlineData(false, "Exception was thrown by handler.")]
    [InlineData(true, "Exception was thrown by handler. InvalidDataException: the reason")]
    public async Task Handler_ThatThrows_TellsDetailsOnlyIfAskedTo(bool detailed, string expected)
    {
        _handlers.Unary = (_, _) => throw new InvalidDataException("the reason");
        await using var server = await StartAsync(detailed);
        using var channel = server.Connect();
        var exception = await Assert.ThrowsAsync<RpcException>(() => new TestService.TestServiceClient(channel)
            .UnaryCallAsync(new SimpleRequest()).ResponseAsync);
        Assert.Equal(StatusCode.Unknown, exception.StatusCode);
        Assert.Equal(expected, exception.Status.Detail);
    }

    [Fact]
    public async Task Handler_ThatThrowsRpcException_SendsItsTrailersToo()
    {
        _handlers.Unary = (_, context) =>
        {
            context.ResponseTrailers.Add("first", "1");
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "no"), new Metadata { { "second-bin", [2] } });
        };
        await using var server = await StartAsync();
        using var channel = server.Connect();
        var exception = await Assert.ThrowsAsync<RpcException>(() => new TestService.TestServiceClient(channel)
            .UnaryCallAsync(new SimpleRequest()).ResponseAsync);
        Assert.Equal(StatusCode.FailedPrecondition, exception.StatusCode);
        Assert.Equal("1", exception.Trailers.GetValue("first"));
        Assert.Equal([2], exception.Trailers.GetValueBytes("second-bin"));
    }

    [Fact]
    public async Task Handler_ThatFailsAfterSomeMessages_DeliversThemAndThenTheStatus()
    {
        _handlers.Output = async (_, responses, _) =>
        {
            await responses.WriteAsync(new StreamingOutputCallResponse());
            await responses.WriteAsync(new StreamingOutputCallResponse());
            throw new RpcException(new Status(StatusCode.DataLoss, "half"));
        };
        await using var server = await StartAsync();
        using var channel = server.Connect();
        using var call = new TestService.TestServiceClient(channel).StreamingOutputCall(new StreamingOutputCallRequest());
        Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        var exception = await Assert.ThrowsAsync<RpcException>(() =>
            call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal(StatusCode.DataLoss, exception.StatusCode);
    }

    [Fact]
    public async Task Server_ThatEndsEarly_EndsTheStreamOfRequests()
    {
        _handlers.Input = async (requests, _) =>
        {
            await requests.MoveNext(CancellationToken.None);
            throw new RpcException(new Status(StatusCode.InvalidArgument, "enough"));
        };
        await using var server = await StartAsync();
        using var channel = server.Connect();
        using var call = new TestService.TestServiceClient(channel).StreamingInputCall();
        await call.RequestStream.WriteAsync(new StreamingInputCallRequest());
        var exception = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, exception.StatusCode);
        var write = await Assert.ThrowsAsync<RpcException>(() =>
            call.RequestStream.WriteAsync(new StreamingInputCallRequest()));
        Assert.Equal(StatusCode.InvalidArgument, write.StatusCode);
    }

    [Fact]
    public async Task Server_ThatNobodyRuns_IsUnavailable()
    {
        using var channel = global::Grpc.Net.Client.GrpcChannel.ForAddress("http://127.0.0.1:1");
        var exception = await Assert.ThrowsAsync<RpcException>(() => new TestService.TestServiceClient(channel)
            .UnaryCallAsync(new SimpleRequest()).ResponseAsync);
        Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
    }

    [Fact]
    public async Task Writer_UsedTwiceAtOnce_Refuses()
    {
        var release = new TaskCompletionSource();
        _handlers.Input = async (_, _) =>
        {
            await release.Task;
            return new StreamingInputCallResponse();
        };
        await using var server = await StartAsync();
        using var channel = server.Connect(options => options.MaxSendMessageSize = null);
        using var call = new TestService.TestServiceClient(channel).StreamingInputCall();
        var large = new StreamingInputCallRequest
        {
            Payload = new Payload { Body = Google.Protobuf.ByteString.CopyFrom(new byte[3_000_000]) },
        };
        var first = call.RequestStream.WriteAsync(large);
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.RequestStream.WriteAsync(large));
        release.SetResult();
        await call.ResponseAsync.WaitAsync(Patience, TestContext.Current.CancellationToken);
        await Task.WhenAny(first);
    }
}
