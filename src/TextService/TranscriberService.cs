using Emotion.Contracts.Text.V1;
using Emotion.Inference;
using Emotion.Inference.Audio;
using Emotion.Inference.Hosting;
using Emotion.Inference.Text;
using Emotion.Serving;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Emotion.TextService;

/// <summary>The wire of <see cref="MoonshineTranscriber"/>: see text.proto.</summary>
public sealed class TranscriberService(ModelHost<TextModel> models, CallLimits limits, IOptions<TextServiceOptions> options)
    : Transcriber.TranscriberBase
{
    public override async Task<TranscribeResponse> Transcribe(IAsyncStreamReader<TranscribeRequest> requestStream, ServerCallContext context)
    {
        var cancellation = context.CancellationToken;
        var start = await requestStream.MoveNext(cancellation) ? requestStream.Current.Start : null;
        if (start is null)
        {
            throw new InvalidInputException("The first message must be the start.");
        }

        if (!double.IsFinite(start.FirstSampleSeconds) || start.FirstSampleSeconds < 0)
        {
            throw new InvalidInputException($"The first sample cannot be at {start.FirstSampleSeconds} s.");
        }

        await using var lease = models.Acquire(start.Release);
        using var place = limits.Transcribe.Admit(); // Before its sound is read: so many recordings are on disk, and no more.
        using var spool = PcmSpool.Create(options.Value.WorkFolder, lease.Model.SampleRate, options.Value.MaximumSeconds);
        var recording = await ReadAsync(requestStream, spool, cancellation);
        await place.ComputeAsync(cancellation);
        var transcription = await lease.Model.Transcriber.TranscribeAsync(recording, start.Language, cancellation);
        return new TranscribeResponse
        {
            Segments = { transcription.Pieces.Select(piece => ToWire(piece, start.FirstSampleSeconds)) },
            Confidence = transcription.Confidence,
            Abstention = transcription.Abstention?.ToWire(),
            Model = lease.VersionOnWire(),
            Release = lease.Release,
        };
    }

    private static async Task<IRecording> ReadAsync(
        IAsyncStreamReader<TranscribeRequest> requests, PcmSpool spool, CancellationToken cancellationToken)
    {
        while (await requests.MoveNext(cancellationToken))
        {
            var pcm = requests.Current.ContentCase == TranscribeRequest.ContentOneofCase.Pcm
                ? requests.Current.Pcm.Memory
                : throw new InvalidInputException("After the start only PCM may come.");
            await spool.AppendAsync(pcm, cancellationToken);
        }

        return spool.Finish();
    }

    private static TextSegment ToWire(TranscribedPiece piece, double offset) => new()
    {
        StartSeconds = offset + piece.StartSeconds,
        EndSeconds = offset + piece.EndSeconds,
        Text = piece.Text,
        Confidence = piece.Confidence,
    };
}
