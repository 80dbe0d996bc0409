using Emotion.Contracts.Audio.V1;
using Emotion.Contracts.Common.V1;
using Emotion.Inference.Audio;
using Emotion.Inference.Tests;
using Emotion.ModelRegistry.Tests;
using Emotion.ServiceDefaults;
using Emotion.Serving;
using Emotion.Serving.Tests;
using Grpc.Core;

namespace Emotion.AudioService.Tests;

/// <summary>A service that takes one call.</summary>
public sealed class AdmissionTests(AzuriteFixture azurite)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Classify_AnotherStillSendsItsSound_IsRefusedBeforeItsOwnIsRead()
    {
        using var packages = new Packages();
        await using var served = await ServedModel.StartAsync(
            azurite,
            builder =>
            {
                builder.AddModelService<AudioModel>();
                builder.AddCallLimits<CallLimits>();
                builder.Services.AddOptions<AudioServiceOptions>().BindConfiguration(AudioServiceOptions.Section);
            },
            app => app.MapModelService<AudioModel, AudioClassifierService>(),
            ("AudioService:MaximumCalls", "1"));
        await served.PromoteAsync(await packages.AudioAsync());
        var client = new AudioClassifier.AudioClassifierClient(served.Channel);
        using var first = await BeginAsync(client);
        // Silence for an answer: then it is inside.
        await first.RequestStream.WriteAsync(new ClassifyRequest { Pcm = Google.Protobuf.ByteString.CopyFrom(new byte[64_000]) }, Token);
        Assert.True(await first.ResponseStream.MoveNext(Token));

        using (var refused = await BeginAsync(client))
        {
            var full = await Assert.ThrowsAsync<RpcException>(() => refused.ResponseStream.MoveNext(Token).WaitAsync(TimeSpan.FromMinutes(1), Token));

            Assert.Equal(StatusCode.ResourceExhausted, full.StatusCode);
            Assert.Contains("holds its 1 requests", full.Status.Detail);
            Assert.True(RetryHint.IsGiven(full));
        }

        await first.RequestStream.CompleteAsync();
        Assert.True(await first.ResponseStream.MoveNext(Token));
        Assert.False(await first.ResponseStream.MoveNext(Token));
    }

    private static async Task<AsyncDuplexStreamingCall<ClassifyRequest, ClassifyResponse>> BeginAsync(AudioClassifier.AudioClassifierClient client)
    {
        var call = client.Classify(cancellationToken: Token);
        try
        {
            await call.RequestStream.WriteAsync(
                new ClassifyRequest
                {
                    Start = new() { ClipId = "clip", Windows = { new ClipWindow { Index = 0, EndSeconds = 2 }, new ClipWindow { Index = 1, StartSeconds = 2, EndSeconds = 4 } } },
                },
                Token);
        }
        catch (Exception ended) when (ended is RpcException or InvalidOperationException)
        {
            // It was refused before this was written; its answer says so.
        }

        return call;
    }
}
