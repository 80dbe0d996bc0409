using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Configuration;
using Grpc.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.Compat.Grpc.Tests;

public class RetryTests
{
    private readonly Handlers _handlers = new();
    private readonly List<string?> _previousAttempts = [];

    private static ServiceConfig Retry(int attempts, RetryThrottlingPolicy? throttling = null) => new()
    {
        RetryThrottling = throttling,
        MethodConfigs =
        {
            new MethodConfig
            {
                Names = { new MethodName { Service = "grpc.testing.TestService", Method = "UnaryCall" } },
                RetryPolicy = new RetryPolicy
                {
                    MaxAttempts = attempts,
                    InitialBackoff = TimeSpan.FromMilliseconds(1),
                    MaxBackoff = TimeSpan.FromMilliseconds(10),
                    BackoffMultiplier = 2,
                    RetryableStatusCodes = { StatusCode.Unavailable },
                },
            },
        },
    };

    private Task<TestServer> StartAsync(int failures, StatusCode code = StatusCode.Unavailable, Metadata? trailers = null)
    {
        _handlers.Unary = (request, context) =>
        {
            _previousAttempts.Add(context.GetHttpContext().Request.Headers["grpc-previous-rpc-attempts"]);
            return _previousAttempts.Count <= failures
                ? throw new RpcException(new Status(code, "not now"), trailers ?? [])
                : Task.FromResult(new SimpleResponse { Payload = request.Payload });
        };
        return TestServer.StartAsync<FuncService>(configure: builder => builder.Services.AddSingleton(_handlers));
    }

    private static AsyncUnaryCall<SimpleResponse> Call(ChannelBase channel, int size = 100, CancellationToken token = default) =>
        new TestService.TestServiceClient(channel).UnaryCallAsync(
            new SimpleRequest { Payload = new Payload { Body = ByteString.CopyFrom(new byte[size]) } },
            cancellationToken: token);

    [Fact]
    public async Task Call_ThatFailsTwice_IsAnsweredByTheThirdAttempt()
    {
        await using var server = await StartAsync(failures: 2);
        using var channel = server.Connect(options => options.ServiceConfig = Retry(4));
        Assert.Equal(100, (await Call(channel)).Payload.Body.Length);
        Assert.Equal([null, "1", "2"], _previousAttempts);
    }

    [Fact]
    public async Task Call_ThatAlwaysFails_IsTriedAsOftenAsThePolicySays()
    {
        await using var server = await StartAsync(failures: 100);
        using var channel = server.Connect(options => options.ServiceConfig = Retry(3));
        var exception = await Assert.ThrowsAsync<RpcException>(() => Call(channel).ResponseAsync);
        Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
        Assert.Equal(3, _previousAttempts.Count);
    }

    [Fact]
    public async Task Call_WithAnotherStatus_IsNotRetried()
    {
        await using var server = await StartAsync(failures: 1, StatusCode.InvalidArgument);
        using var channel = server.Connect(options => options.ServiceConfig = Retry(3));
        await Assert.ThrowsAsync<RpcException>(() => Call(channel).ResponseAsync);
        Assert.Single(_previousAttempts);
    }

    [Fact]
    public async Task Call_WithoutPolicyForItsMethod_IsNotRetried()
    {
        await using var server = await StartAsync(failures: 1);
        var config = Retry(3);
        config.MethodConfigs[0].Names[0] = new MethodName { Service = "grpc.testing.TestService", Method = "EmptyCall" };
        using var channel = server.Connect(options => options.ServiceConfig = config);
        await Assert.ThrowsAsync<RpcException>(() => Call(channel).ResponseAsync);
        Assert.Single(_previousAttempts);
    }

    [Fact]
    public async Task Call_LargerThanTheBuffer_IsNotRetried()
    {
        await using var server = await StartAsync(failures: 1);
        using var channel = server.Connect(options =>
            (options.ServiceConfig, options.MaxRetryBufferPerCallSize) = (Retry(3), 1000));
        await Assert.ThrowsAsync<RpcException>(() => Call(channel, size: 2000).ResponseAsync);
        Assert.Single(_previousAttempts);
    }

    [Fact]
    public async Task Server_ThatAsksForNoMore_IsHeard()
    {
        await using var server = await StartAsync(failures: 1, trailers: new Metadata { { "grpc-retry-pushback-ms", "-1" } });
        using var channel = server.Connect(options => options.ServiceConfig = Retry(3));
        await Assert.ThrowsAsync<RpcException>(() => Call(channel).ResponseAsync);
        Assert.Single(_previousAttempts);
    }

    [Fact]
    public async Task Channel_WhoseCallsMostlyFail_StopsRetrying()
    {
        await using var server = await StartAsync(failures: int.MaxValue);
        var throttling = new RetryThrottlingPolicy { MaxTokens = 4, TokenRatio = 0.1 };
        using var channel = server.Connect(options => options.ServiceConfig = Retry(5, throttling));
        await Assert.ThrowsAsync<RpcException>(() => Call(channel).ResponseAsync);
        Assert.Equal(2, _previousAttempts.Count);
        await Assert.ThrowsAsync<RpcException>(() => Call(channel).ResponseAsync);
        Assert.Equal(3, _previousAttempts.Count);
    }

    [Fact]
    public async Task Call_CancelledBetweenAttempts_EndsAtOnce()
    {
        await using var server = await StartAsync(failures: int.MaxValue);
        var config = Retry(5);
        config.MethodConfigs[0].RetryPolicy!.InitialBackoff = config.MethodConfigs[0].RetryPolicy!.MaxBackoff = TimeSpan.FromMinutes(5);
        using var channel = server.Connect(options => options.ServiceConfig = config);
        using var cancel = new CancellationTokenSource(500);
        var exception = await Assert.ThrowsAsync<RpcException>(() => Call(channel, token: cancel.Token).ResponseAsync);
        Assert.Equal(StatusCode.Cancelled, exception.StatusCode);
    }

    [Fact]
    public void Policy_ThatLacksAPart_IsRefused()
    {
        var config = Retry(3);
        config.MethodConfigs[0].RetryPolicy!.BackoffMultiplier = null;
        using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1", new GrpcChannelOptions { ServiceConfig = config });
        Assert.Throws<InvalidOperationException>(() => { Call(channel); });
    }
}
