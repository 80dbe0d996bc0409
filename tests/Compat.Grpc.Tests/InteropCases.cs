using Google.Protobuf;
using Grpc.Core;
using Grpc.Testing;

namespace Emotion.Compat.Grpc.Tests;

/// <summary>
/// The client side of gRPC's interop suite, by the names of its cases
/// (https://github.com/grpc/grpc/blob/master/doc/interop-test-descriptions.md).
/// </summary>
public static class InteropCases
{
    private static readonly int[] RequestSizes = [27182, 8, 1828, 45904];
    private static readonly int[] ResponseSizes = [31415, 9, 2653, 58979];

    public static IReadOnlyDictionary<string, Func<ChannelBase, Task>> All { get; } =
        new Dictionary<string, Func<ChannelBase, Task>>
        {
            ["empty_unary"] = EmptyUnary,
            ["large_unary"] = LargeUnary,
            ["client_streaming"] = ClientStreaming,
            ["server_streaming"] = ServerStreaming,
            ["ping_pong"] = PingPong,
            ["empty_stream"] = EmptyStream,
            ["cancel_after_begin"] = CancelAfterBegin,
            ["cancel_after_first_response"] = CancelAfterFirstResponse,
            ["timeout_on_sleeping_server"] = TimeoutOnSleepingServer,
            ["status_code_and_message"] = StatusCodeAndMessage,
            ["special_status_message"] = SpecialStatusMessage,
            ["unimplemented_method"] = UnimplementedMethod,
            ["unimplemented_service"] = UnimplementedServiceCase,
            ["custom_metadata"] = CustomMetadata,
        };

    private static CallOptions Options(Metadata? headers = null, TimeSpan? deadline = null) => new(
        headers, DateTime.UtcNow + (deadline ?? TimeSpan.FromSeconds(30)), TestContext.Current.CancellationToken);

    private static TestService.TestServiceClient Client(ChannelBase channel) => new(channel);

    private static Payload Zeros(int size) => new() { Body = ByteString.CopyFrom(new byte[size]) };

    private static StreamingOutputCallRequest Ask(int responseSize, int requestSize, int intervalUs = 0) => new()
    {
        ResponseParameters = { new ResponseParameters { Size = responseSize, IntervalUs = intervalUs } },
        Payload = Zeros(requestSize),
    };

    private static async Task EmptyUnary(ChannelBase channel) =>
        Assert.Equal(new Empty(), await Client(channel).EmptyCallAsync(new Empty(), Options()));

    private static async Task LargeUnary(ChannelBase channel)
    {
        var response = await Client(channel).UnaryCallAsync(
            new SimpleRequest { ResponseSize = 314159, Payload = Zeros(271828) }, Options());
        Assert.Equal(new byte[314159], response.Payload.Body.ToByteArray());
    }

    private static async Task ClientStreaming(ChannelBase channel)
    {
        using var call = Client(channel).StreamingInputCall(Options());
        foreach (var size in RequestSizes)
        {
            await call.RequestStream.WriteAsync(new StreamingInputCallRequest { Payload = Zeros(size) });
        }

        await call.RequestStream.CompleteAsync();
        Assert.Equal(74922, (await call).AggregatedPayloadSize);
    }

    private static async Task ServerStreaming(ChannelBase channel)
    {
        var request = new StreamingOutputCallRequest
        {
            ResponseParameters = { ResponseSizes.Select(size => new ResponseParameters { Size = size }) },
        };
        using var call = Client(channel).StreamingOutputCall(request, Options());
        var sizes = new List<int>();
        await foreach (var response in call.ResponseStream.ReadAllAsync())
        {
            sizes.Add(response.Payload.Body.Length);
        }

        Assert.Equal(ResponseSizes, sizes);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    private static async Task PingPong(ChannelBase channel)
    {
        using var call = Client(channel).FullDuplexCall(Options());
        foreach (var (requestSize, responseSize) in RequestSizes.Zip(ResponseSizes, (request, response) => (request, response)))
        {
            await call.RequestStream.WriteAsync(Ask(responseSize, requestSize));
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(responseSize, call.ResponseStream.Current.Payload.Body.Length);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext());
    }

    private static async Task EmptyStream(ChannelBase channel)
    {
        using var call = Client(channel).FullDuplexCall(Options());
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    private static async Task CancelAfterBegin(ChannelBase channel)
    {
        using var cancel = new CancellationTokenSource();
        using var call = Client(channel).StreamingInputCall(Options().WithCancellationToken(cancel.Token));
        cancel.Cancel();
        var exception = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);
        Assert.Equal(StatusCode.Cancelled, exception.StatusCode);
        Assert.Equal(StatusCode.Cancelled, call.GetStatus().StatusCode);
    }

    private static async Task CancelAfterFirstResponse(ChannelBase channel)
    {
        using var cancel = new CancellationTokenSource();
        using var call = Client(channel).FullDuplexCall(Options().WithCancellationToken(cancel.Token));
        await call.RequestStream.WriteAsync(Ask(31415, 27182));
        Assert.True(await call.ResponseStream.MoveNext());
        cancel.Cancel();
        var exception = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.Cancelled, exception.StatusCode);
    }

    private static async Task TimeoutOnSleepingServer(ChannelBase channel)
    {
        using var call = Client(channel).FullDuplexCall(Options(deadline: TimeSpan.FromMilliseconds(1)));
        var exception = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await call.RequestStream.WriteAsync(Ask(31415, 27182, intervalUs: 5_000_000));
            await call.ResponseStream.MoveNext();
        });
        Assert.Equal(StatusCode.DeadlineExceeded, exception.StatusCode);
    }

    private static async Task StatusCodeAndMessage(ChannelBase channel)
    {
        var status = new EchoStatus { Code = 2, Message = "test status message" };
        await ExpectStatus(channel, status);

        using var call = Client(channel).FullDuplexCall(Options());
        await call.RequestStream.WriteAsync(new StreamingOutputCallRequest { ResponseStatus = status });
        await call.RequestStream.CompleteAsync();
        var exception = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.Unknown, exception.StatusCode);
        Assert.Equal(status.Message, exception.Status.Detail);
    }

    private static Task SpecialStatusMessage(ChannelBase channel) => ExpectStatus(channel, new EchoStatus
    {
        Code = 2,
        Message = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n",
    });

    private static async Task ExpectStatus(ChannelBase channel, EchoStatus status)
    {
        var exception = await Assert.ThrowsAsync<RpcException>(() =>
            Client(channel).UnaryCallAsync(new SimpleRequest { ResponseStatus = status }, Options()).ResponseAsync);
        Assert.Equal((StatusCode)status.Code, exception.StatusCode);
        Assert.Equal(status.Message, exception.Status.Detail);
    }

    private static async Task UnimplementedMethod(ChannelBase channel)
    {
        var exception = await Assert.ThrowsAsync<RpcException>(() =>
            Client(channel).UnimplementedCallAsync(new Empty(), Options()).ResponseAsync);
        Assert.Equal(StatusCode.Unimplemented, exception.StatusCode);
    }

    private static async Task UnimplementedServiceCase(ChannelBase channel)
    {
        var client = new UnimplementedService.UnimplementedServiceClient(channel);
        var exception = await Assert.ThrowsAsync<RpcException>(() =>
            client.UnimplementedCallAsync(new Empty(), Options()).ResponseAsync);
        Assert.Equal(StatusCode.Unimplemented, exception.StatusCode);
    }

    private static async Task CustomMetadata(ChannelBase channel)
    {
        byte[] trailing = [0xAB, 0xAB, 0xAB];
        var headers = new Metadata
        {
            { InteropService.EchoInitial, "test_initial_metadata_value" },
            { InteropService.EchoTrailing, trailing },
        };

        using var unary = Client(channel).UnaryCallAsync(
            new SimpleRequest { ResponseSize = 314159, Payload = Zeros(271828) }, Options(headers));
        await unary;
        Assert.Equal("test_initial_metadata_value", (await unary.ResponseHeadersAsync).GetValue(InteropService.EchoInitial));
        Assert.Equal(trailing, unary.GetTrailers().GetValueBytes(InteropService.EchoTrailing));

        using var duplex = Client(channel).FullDuplexCall(Options(headers));
        await duplex.RequestStream.WriteAsync(Ask(314159, 271828));
        Assert.True(await duplex.ResponseStream.MoveNext());
        await duplex.RequestStream.CompleteAsync();
        Assert.False(await duplex.ResponseStream.MoveNext());
        Assert.Equal("test_initial_metadata_value", (await duplex.ResponseHeadersAsync).GetValue(InteropService.EchoInitial));
        Assert.Equal(trailing, duplex.GetTrailers().GetValueBytes(InteropService.EchoTrailing));
    }
}
