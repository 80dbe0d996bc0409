using Emotion.Contracts.Video.V1;
using Emotion.Inference;
using Emotion.Inference.Hosting;
using Emotion.Inference.Video;
using Emotion.Media;
using Emotion.Serving;
using Grpc.Core;
using Microsoft.Extensions.Options;
using ClipWindow = Emotion.Features.ClipWindow;

namespace Emotion.VideoService;

/// <summary>The wire of <see cref="SegmentAnalyzer"/> and <see cref="VideoModel"/>: see video.proto.</summary>
public sealed class VideoClassifierService(
    ModelHost<VideoModel> models,
    SegmentAnalyzer analyzer,
    FFMpegGuard guard,
    CallLimits limits,
    IOptions<VideoServiceOptions> options,
    IOptions<TrackOptions> tracks)
    : VideoClassifier.VideoClassifierBase
{
    private readonly VideoServiceOptions _options = options.Value;

    public override async Task<AnalyzeSegmentResponse> AnalyzeSegment(
        IAsyncStreamReader<AnalyzeSegmentRequest> requestStream, ServerCallContext context)
    {
        var cancellation = context.CancellationToken;
        var start = Checked(await requestStream.MoveNext(cancellation) ? requestStream.Current.Start : null);
        await using var lease = models.Acquire(start.Release);
        using var place = limits.Segments.Admit(); // Before the segment is read: so many are on disk, and no more.
        using var folder = guard.CreateFolder();
        var path = folder.PathOf("segment");
        await SpoolAsync(requestStream, path, cancellation);
        await place.ComputeAsync(cancellation);

        var keyFrame = start.HasKeyFrameSeconds ? start.KeyFrameSeconds : start.StartSeconds;
        var result = await analyzer.AnalyzeAsync(lease.Model, path, start.Container, keyFrame, start.StartSeconds, start.EndSeconds, cancellation);
        var version = lease.VersionOnWire();
        var covered = lease.Model.Package.Manifest.CoveredLabels;
        return new AnalyzeSegmentResponse
        {
            FaceFrames = { result.Frames.Select(frame => frame.ToWire(start.SegmentIndex, version, covered)) },
            Pictures = (uint)result.Pictures,
            PicturesWithoutFace = (uint)result.PicturesWithoutFace,
            PicturesSearched = (uint)result.PicturesSearched,
            Model = version,
            Release = lease.Release,
        };
    }

    public override async Task ClassifySequence(
        IAsyncStreamReader<ClassifySequenceRequest> requestStream, IServerStreamWriter<ClassifySequenceResponse> responseStream, ServerCallContext context)
    {
        var cancellation = context.CancellationToken;
        var start = await requestStream.MoveNext(cancellation) ? requestStream.Current.Start : null;
        if (start is null)
        {
            throw new InvalidInputException("The first message must be the start.");
        }

        var plan = ModelWire.ToPlan(start.Windows, _options.MaximumWindows);
        await using var lease = models.Acquire(start.Release);
        using var place = limits.Sequences.Admit(); // Before its faces are read.
        var version = lease.VersionOnWire();
        var covered = lease.Model.Package.Manifest.CoveredLabels;
        var result = await ReadAsync(requestStream, lease, plan, place, cancellation);

        foreach (var track in result.Tracks)
        {
            await responseStream.WriteAsync(
                new ClassifySequenceResponse { Track = track.ToWire(covered), Model = version, Release = lease.Release }, cancellation);
        }

        foreach (var window in result.Windows)
        {
            await responseStream.WriteAsync(
                new ClassifySequenceResponse { Window = window.ToWire(version, covered), Model = version, Release = lease.Release }, cancellation);
        }
    }

    private static AnalyzeSegmentRequest.Types.Start Checked(AnalyzeSegmentRequest.Types.Start? start)
    {
        if (start is null)
        {
            throw new InvalidInputException("The first message must be the start.");
        }

        if (start.Container is not ("mov" or "matroska"))
        {
            throw new InvalidInputException($"Segments come as mov or matroska, not as '{start.Container}'.");
        }

        if (!(start.StartSeconds >= 0) || !(start.EndSeconds >= start.StartSeconds) || !double.IsFinite(start.EndSeconds))
        {
            throw new InvalidInputException($"A segment cannot go from {start.StartSeconds} s to {start.EndSeconds} s.");
        }

        if (start.HasKeyFrameSeconds && !(start.KeyFrameSeconds <= start.StartSeconds && start.KeyFrameSeconds >= 0))
        {
            throw new InvalidInputException($"A segment that starts at {start.StartSeconds} s cannot have its key frame at {start.KeyFrameSeconds} s.");
        }

        return start;
    }

    private async Task SpoolAsync(IAsyncStreamReader<AnalyzeSegmentRequest> requests, string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
        var bytes = 0L;
        while (await requests.MoveNext(cancellationToken))
        {
            if (requests.Current.ContentCase != AnalyzeSegmentRequest.ContentOneofCase.Data)
            {
                throw new InvalidInputException("After the start only data may come.");
            }

            bytes += requests.Current.Data.Length;
            if (bytes > _options.MaximumSegmentBytes)
            {
                throw new LimitExceededException($"The segment is larger than {_options.MaximumSegmentBytes:N0} bytes.");
            }

            await file.WriteAsync(requests.Current.Data.Memory, cancellationToken);
        }
    }

    // Computes batch by batch, so that a clip whose faces come slowly keeps nobody from computing.
    private async Task<SequenceResult> ReadAsync(
        IAsyncStreamReader<ClassifySequenceRequest> requests,
        ModelLease<VideoModel> lease,
        IReadOnlyList<ClipWindow> plan,
        CallLimiter.Place place,
        CancellationToken cancellationToken)
    {
        var run = lease.Model.StartSequence(plan, tracks.Value);
        var count = 0;
        while (await requests.MoveNext(cancellationToken))
        {
            if (requests.Current.ContentCase != ClassifySequenceRequest.ContentOneofCase.Batch)
            {
                throw new InvalidInputException("After the start only batches may come.");
            }

            count += requests.Current.Batch.FaceFrames.Count;
            if (count > _options.MaximumFaceFrames)
            {
                throw new LimitExceededException($"The clip shows more than {_options.MaximumFaceFrames} face frames.");
            }

            await place.ComputeAsync(cancellationToken);
            foreach (var frame in requests.Current.Batch.FaceFrames)
            {
                run.Add(frame.FromWire(lease.Version));
            }

            place.Rest();
        }

        await place.ComputeAsync(cancellationToken);
        var result = run.Finish();
        place.Rest();
        return result;
    }
}
