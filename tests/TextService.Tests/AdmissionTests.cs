using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Text.V1;
using Emotion.ModelRegistry.Tests;
using Emotion.ServiceDefaults;
using Grpc.Core;

namespace Emotion.TextService.Tests;

/// <summary>A service that takes two recordings, and writes one down at a time.</summary>
public sealed class AdmissionTests(AzuriteFixture azurite) : ServedText(azurite, ("TextService:CallsAtOnce", "1"), ("TextService:CallsWaiting", "1"))
{
    [Fact]
    public async Task Transcribe_OthersStillSendTheirSound_IsRefusedBeforeItsOwnIsRead()
    {
        await Served.PromoteAsync(await Packages.TextAsync());
        using var first = Limits.Transcribe.Admit();
        using (Limits.Transcribe.Admit())
        {
            using var refused = await BeginAsync();
            var full = await Assert.ThrowsAsync<RpcException>(() => refused.ResponseAsync.WaitAsync(TimeSpan.FromMinutes(1), Token));
            Assert.Equal(StatusCode.ResourceExhausted, full.StatusCode);
            Assert.True(RetryHint.IsGiven(full));
        }

        using var taken = await BeginAsync();
        await taken.RequestStream.CompleteAsync();

        Assert.Equal(Abstention.Types.Reason.NoSpeech, (await taken.ResponseAsync).Abstention.Reason);
    }

    /// <summary>A call that does not say yet that this was all.</summary>
    private async Task<AsyncClientStreamingCall<TranscribeRequest, TranscribeResponse>> BeginAsync()
    {
        var call = new Transcriber.TranscriberClient(Served.Channel).Transcribe(cancellationToken: Token);
        try
        {
            await call.RequestStream.WriteAsync(new TranscribeRequest { Start = new() { ClipId = "clip" } }, Token);
        }
        catch (Exception ended) when (ended is RpcException or InvalidOperationException)
        {
            // It was refused before this was written; its answer says so.
        }

        return call;
    }
}
