using Google.Protobuf;
using Grpc.Core;
using Grpc.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.Compat.Grpc.Tests;

/// <summary>What has been written and not yet read stays bounded however much is sent: that is what keeps memory flat.</summary>
public class FlowControlTests
{
    private const int MessageSize = 64 * 1024;
    private const int Messages = 1500;
    private const int StallAfter = 100;
    private const long MaxInFlight = 24L * 1024 * 1024;

    private readonly Handlers _handlers = new();

    [Fact]
    public async Task Responses_WithSlowReader_HoldTheServerBack()
    {
        var body = ByteString.CopyFrom(new byte[MessageSize]);
        var written = 0;
        _handlers.Output = async (_, responses, context) =>
        {
            for (var i = 0; i < Messages; i++)
            {
                await responses.WriteAsync(
                    new StreamingOutputCallResponse { Payload = new Payload { Body = body } }, context.CancellationToken);
                Interlocked.Increment(ref written);
            }
        };
        await using var server = await StartAsync();
        using var channel = server.Connect();
        using var call = new TestService.TestServiceClient(channel).StreamingOutputCall(
            new StreamingOutputCallRequest(), cancellationToken: TestContext.Current.CancellationToken);
        var read = 0;
        while (await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
        {
            read++;
            await StallAsync(read);
            Assert.InRange((Volatile.Read(ref written) - read) * (long)MessageSize, -MessageSize, MaxInFlight);
        }

        Assert.Equal(Messages, read);
    }

    [Fact]
    public async Task Requests_WithSlowReader_HoldTheCallerBack()
    {
        var body = ByteString.CopyFrom(new byte[MessageSize]);
        var written = 0;
        var mostInFlight = 0L;
        _handlers.Input = async (requests, _) =>
        {
            var read = 0;
            while (await requests.MoveNext(CancellationToken.None))
            {
                read++;
                await StallAsync(read);
                mostInFlight = Math.Max(mostInFlight, (Volatile.Read(ref written) - read) * (long)MessageSize);
            }

            return new StreamingInputCallResponse { AggregatedPayloadSize = read };
        };
        await using var server = await StartAsync();
        using var channel = server.Connect();
        using var call = new TestService.TestServiceClient(channel).StreamingInputCall(
            cancellationToken: TestContext.Current.CancellationToken);
        for (var i = 0; i < Messages; i++)
        {
            await call.RequestStream.WriteAsync(new StreamingInputCallRequest { Payload = new Payload { Body = body } });
            Interlocked.Increment(ref written);
        }

        await call.RequestStream.CompleteAsync();
        Assert.Equal(Messages, (await call).AggregatedPayloadSize);
        Assert.InRange(mostInFlight, 0, MaxInFlight);
    }

    private static Task StallAsync(int read) =>
        read == StallAfter || read == Messages / 2 ? Task.Delay(1500, TestContext.Current.CancellationToken) : Task.CompletedTask;

    private Task<TestServer> StartAsync() =>
        TestServer.StartAsync<FuncService>(configure: builder => builder.Services.AddSingleton(_handlers));
}
