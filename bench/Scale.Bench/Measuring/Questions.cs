using Emotion.Contracts.Audio.V1;
using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Text.V1;
using Emotion.Contracts.Video.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Emotion.ScaleBench.Measuring;

/// <summary>What services are asked, as the gateway asks it.</summary>
internal static class Questions
{
    /// <summary>As the gateway sends them: a second of sound, and what it reads of a file at once.</summary>
    private const int PieceOfSound = 32_000, PieceOfSegment = 256 * 1024;

    private const string ClipId = "bench";

    /// <summary>The faces of a segment.</summary>
    public static Func<VideoClassifier.VideoClassifierClient, DateTime, CancellationToken, Task> Segment(byte[] segment, double seconds) =>
        async (client, deadline, cancellationToken) =>
        {
            using var call = client.AnalyzeSegment(deadline: deadline, cancellationToken: cancellationToken);
            await SendAsync(
                call.RequestStream,
                new AnalyzeSegmentRequest { Start = new() { ClipId = ClipId, EndSeconds = seconds, Container = "matroska" } },
                segment,
                PieceOfSegment,
                chunk => new AnalyzeSegmentRequest { Data = chunk },
                cancellationToken);
            if ((await call.ResponseAsync).FaceFrames.Count == 0)
            {
                throw new InvalidOperationException("The video service found no face in the segment: it measures nothing.");
            }
        };

    /// <summary>The emotion of a window of sound.</summary>
    public static Func<AudioClassifier.AudioClassifierClient, DateTime, CancellationToken, Task> Sound(byte[] pcm, double seconds) =>
        async (client, deadline, cancellationToken) =>
        {
            using var call = client.Classify(deadline: deadline, cancellationToken: cancellationToken);
            await SendAsync(
                call.RequestStream,
                new ClassifyRequest { Start = new() { ClipId = ClipId, Windows = { new ClipWindow { EndSeconds = seconds } } } },
                pcm,
                PieceOfSound,
                chunk => new ClassifyRequest { Pcm = chunk },
                cancellationToken);
            var read = 0;
            while (await call.ResponseStream.MoveNext(cancellationToken))
            {
                read += call.ResponseStream.Current.Posterior is null ? 0 : 1;
            }

            if (read == 0)
            {
                throw new InvalidOperationException("The audio service heard no speech in the window: it measures nothing.");
            }
        };

    /// <summary>The words of a piece of sound.</summary>
    public static Func<Transcriber.TranscriberClient, DateTime, CancellationToken, Task> Words(byte[] pcm) =>
        async (client, deadline, cancellationToken) =>
        {
            using var call = client.Transcribe(deadline: deadline, cancellationToken: cancellationToken);
            await SendAsync(
                call.RequestStream, new TranscribeRequest { Start = new() { ClipId = ClipId } }, pcm, PieceOfSound, chunk => new TranscribeRequest { Pcm = chunk }, cancellationToken);
            if ((await call.ResponseAsync).Segments.Count == 0)
            {
                throw new InvalidOperationException("The text service heard no words in the sound: it measures nothing.");
            }
        };

    /// <summary>What the service has loaded: next to no work, so the way there and back.</summary>
    public static Task StatusAsync(ModelStatus.ModelStatusClient client, DateTime deadline, CancellationToken cancellationToken) =>
        client.GetAsync(new GetModelStatusRequest(), deadline: deadline, cancellationToken: cancellationToken).ResponseAsync;

    private static async Task SendAsync<TRequest>(
        IClientStreamWriter<TRequest> stream, TRequest start, byte[] content, int piece, Func<ByteString, TRequest> wrap,
        CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(start, cancellationToken);
            for (var at = 0; at < content.Length; at += piece)
            {
                await stream.WriteAsync(wrap(UnsafeByteOperations.UnsafeWrap(content.AsMemory(at, Math.Min(piece, content.Length - at)))), cancellationToken);
            }

            await stream.CompleteAsync();
        }
        catch (Exception failure) when (failure is RpcException or InvalidOperationException or HttpRequestException or IOException && !cancellationToken.IsCancellationRequested)
        {
            // The service ended the call before it had all; why, it says in the answer.
        }
    }
}
