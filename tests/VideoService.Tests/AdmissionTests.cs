using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Video.V1;
using Emotion.ModelRegistry.Tests;
using Emotion.ServiceDefaults;
using Grpc.Core;

namespace Emotion.VideoService.Tests;

/// <summary>A service that takes two calls of each kind, and computes for one of them at a time.</summary>
public sealed class AdmissionTests(AzuriteFixture azurite) : ServedVideo(
    azurite,
    ("Segments:MaxConcurrent", "1"), ("Segments:QueueLength", "1"), ("VideoService:SequencesAtOnce", "1"), ("VideoService:SequencesWaiting", "1"))
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Segment_OthersStillSendTheirs_IsRefusedBeforeItsOwnIsRead()
    {
        using var first = Limits.Segments.Admit();
        using (Limits.Segments.Admit())
        {
            using var refused = await BeginSegmentAsync();
            AssertFull(await Assert.ThrowsAsync<RpcException>(() => refused.ResponseAsync.WaitAsync(Long, Token)));
            Assert.Empty(Served.LeftOnDisk);
        }

        using var taken = await BeginSegmentAsync();
        await taken.RequestStream.CompleteAsync();

        // It sent no bytes: they were looked at.
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => taken.ResponseAsync.WaitAsync(Long, Token))).StatusCode);
    }

    [Fact]
    public async Task Sequence_OthersStillSendTheirFaces_IsRefusedBeforeItsOwnAreRead()
    {
        using var first = Limits.Sequences.Admit();
        using (Limits.Sequences.Admit())
        {
            using var refused = await BeginSequenceAsync();
            AssertFull(await Assert.ThrowsAsync<RpcException>(() => refused.ResponseStream.MoveNext(Token).WaitAsync(Long, Token)));
        }

        Assert.Equal(1, await WindowsAsync());
    }

    [Fact]
    public async Task Sequence_WhoseFacesComeSlowly_KeepsNobodyFromComputing()
    {
        using var slow = await BeginSequenceAsync();
        await slow.RequestStream.WriteAsync(new ClassifySequenceRequest { Batch = new() }, Token);

        Assert.Equal(1, await WindowsAsync());

        await slow.RequestStream.CompleteAsync();
        Assert.Equal(1, await CountAsync(slow));
    }

    [Fact]
    public async Task Sequence_AnotherComputes_Waits()
    {
        using var computes = await Limits.Sequences.EnterAsync(Token);
        var waits = WindowsAsync();

        Assert.NotSame(waits, await Task.WhenAny(waits, Task.Delay(300, Token)));

        computes.Dispose();
        Assert.Equal(1, await waits);
    }

    private static void AssertFull(RpcException failure)
    {
        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
        Assert.True(RetryHint.IsGiven(failure));
    }

    /// <summary>A call that does not say yet that this was all.</summary>
    private async Task<AsyncClientStreamingCall<AnalyzeSegmentRequest, AnalyzeSegmentResponse>> BeginSegmentAsync()
    {
        var call = Client.AnalyzeSegment(cancellationToken: Token);
        await BeginAsync(call.RequestStream, Start(0, 1));
        return call;
    }

    private async Task<AsyncDuplexStreamingCall<ClassifySequenceRequest, ClassifySequenceResponse>> BeginSequenceAsync()
    {
        var call = Client.ClassifySequence(cancellationToken: Token);
        await BeginAsync(
            call.RequestStream, new ClassifySequenceRequest { Start = new() { ClipId = "clip", Windows = { new ClipWindow { Index = 0, EndSeconds = 4 } } } });
        return call;
    }

    private static async Task BeginAsync<T>(IClientStreamWriter<T> stream, T first)
    {
        try
        {
            await stream.WriteAsync(first, Token);
        }
        catch (Exception ended) when (ended is RpcException or InvalidOperationException)
        {
            // It was refused before this was written; its answer says so.
        }
    }

    /// <summary>Windows that are answered of a clip without faces.</summary>
    private async Task<int> WindowsAsync()
    {
        using var call = await BeginSequenceAsync();
        await call.RequestStream.CompleteAsync();
        return await CountAsync(call).WaitAsync(Long, Token);
    }

    private static async Task<int> CountAsync(AsyncDuplexStreamingCall<ClassifySequenceRequest, ClassifySequenceResponse> call)
    {
        var windows = 0;
        while (await call.ResponseStream.MoveNext(Token))
        {
            Assert.Equal(Abstention.Types.Reason.NoFace, call.ResponseStream.Current.Window.Abstention.Reason);
            windows++;
        }

        return windows;
    }
}
