using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Video.V1;
using Google.Protobuf;
using Grpc.Net.Client;

namespace Emotion.FaceBench;

/// <summary>A clip of one segment through the video service: the segment up, face frames down and up again, tracks and windows down.</summary>
internal sealed class ServedClip(string address, byte[] segment, double seconds) : IDisposable
{
    private const int ChunkBytes = 64 * 1024;
    private const string ClipId = "bench";

    private readonly GrpcChannel _channel = GrpcChannel.ForAddress(address);

    /// <exception cref="InvalidOperationException">No face was read.</exception>
    public async Task AnalyzeAsync(CancellationToken cancellationToken)
    {
        var client = new VideoClassifier.VideoClassifierClient(_channel);
        using var call = client.AnalyzeSegment(cancellationToken: cancellationToken);
        await call.RequestStream.WriteAsync(
            new AnalyzeSegmentRequest { Start = new() { ClipId = ClipId, EndSeconds = seconds, Container = "matroska" } }, cancellationToken);
        for (var at = 0; at < segment.Length; at += ChunkBytes)
        {
            var chunk = segment.AsMemory(at, Math.Min(ChunkBytes, segment.Length - at));
            await call.RequestStream.WriteAsync(new AnalyzeSegmentRequest { Data = UnsafeByteOperations.UnsafeWrap(chunk) }, cancellationToken);
        }

        await call.RequestStream.CompleteAsync();
        await ClassifyAsync(client, (await call.ResponseAsync).FaceFrames, cancellationToken);
    }

    public void Dispose() => _channel.Dispose();

    private async Task ClassifyAsync(VideoClassifier.VideoClassifierClient client, IEnumerable<FaceFrame> frames, CancellationToken cancellationToken)
    {
        using var call = client.ClassifySequence(cancellationToken: cancellationToken);
        await call.RequestStream.WriteAsync(
            new ClassifySequenceRequest { Start = new() { ClipId = ClipId, Windows = { new ClipWindow { EndSeconds = seconds } } } }, cancellationToken);
        await call.RequestStream.WriteAsync(new ClassifySequenceRequest { Batch = new() { FaceFrames = { frames } } }, cancellationToken);
        await call.RequestStream.CompleteAsync();
        var read = 0;
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            read += call.ResponseStream.Current.Window?.Posterior is null ? 0 : 1;
        }

        if (read == 0)
        {
            throw new InvalidOperationException("The video service read no face in the clip.");
        }
    }
}
