using Google.Protobuf;
using Grpc.Core;
using Grpc.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.Compat.Grpc.Tests;

public class LimitTests
{
    private const int Limit = 100_000;

    private static SimpleRequest Ask(int requestSize, int responseSize) => new()
    {
        Payload = new Payload { Body = ByteString.CopyFrom(new byte[requestSize]) },
        ResponseSize = responseSize,
    };

    [Theory]
    [InlineData(Limit, 10, "Received")]
    [InlineData(10, Limit, "Sending")]
    public async Task Server_WithLimits_RefusesLargeMessages(int requestSize, int responseSize, string which)
    {
        await using var server = await TestServer.StartAsync<InteropService>(options =>
            (options.MaxReceiveMessageSize, options.MaxSendMessageSize) = (Limit, Limit));
        using var channel = server.Connect();
        var client = new TestService.TestServiceClient(channel);
        await client.UnaryCallAsync(Ask(Limit / 2, Limit / 2), cancellationToken: TestContext.Current.CancellationToken);
        var exception = await Assert.ThrowsAsync<RpcException>(() => client.UnaryCallAsync(
            Ask(requestSize, responseSize), cancellationToken: TestContext.Current.CancellationToken).ResponseAsync);
        Assert.Equal(StatusCode.ResourceExhausted, exception.StatusCode);
        Assert.StartsWith(which, exception.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Limit, 10, "Sending")]
    [InlineData(10, Limit, "Received")]
    public async Task Client_WithLimits_RefusesLargeMessages(int requestSize, int responseSize, string which)
    {
        await using var server = await TestServer.StartAsync<InteropService>();
        using var channel = server.Connect(options =>
            (options.MaxReceiveMessageSize, options.MaxSendMessageSize) = (Limit, Limit));
        var exception = await Assert.ThrowsAsync<RpcException>(() => new TestService.TestServiceClient(channel).UnaryCallAsync(
            Ask(requestSize, responseSize), cancellationToken: TestContext.Current.CancellationToken).ResponseAsync);
        Assert.Equal(StatusCode.ResourceExhausted, exception.StatusCode);
        Assert.StartsWith(which, exception.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_WithoutLimits_TakesMoreThanKestrelsOwn30Megabytes()
    {
        await using var server = await TestServer.StartAsync<InteropService>(options => options.MaxReceiveMessageSize = null);
        using var channel = server.Connect(options => options.MaxReceiveMessageSize = null);
        var response = await new TestService.TestServiceClient(channel).UnaryCallAsync(
            Ask(40_000_000, 40_000_000), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(40_000_000, response.Payload.Body.Length);
    }

    [Fact]
    public async Task ServiceOptions_OfOneService_WinOverThoseOfAll()
    {
        await using var server = await TestServer.StartAsync<InteropService>(
            options => options.MaxSendMessageSize = 10,
            builder => builder.Services.AddGrpc().AddServiceOptions<InteropService>(
                options => options.MaxSendMessageSize = Limit));
        using var channel = server.Connect();
        var response = await new TestService.TestServiceClient(channel).UnaryCallAsync(
            Ask(10, Limit / 2), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(Limit / 2, response.Payload.Body.Length);
    }
}
