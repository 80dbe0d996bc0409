using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Video.V1;
using Emotion.Media;
using Emotion.ServiceDefaults;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Analyses;

/// <summary>
/// Sends each segment to a video replica as soon as it is cut, several at a time, and, once all are read, the face frames in order of
/// time through the sequence network.
/// </summary>
public sealed class VideoStage(
    Replicas<VideoClassifier.VideoClassifierClient> replicas, ReplicaRetry retry, FFMpegGuard guard, IOptions<CallOptions> options)
{
    private const int ChunkBytes = 256 * 1024;
    private const int FramesPerBatch = 64;

    private readonly CallOptions _options = options.Value;

    public async Task<VideoFinding> RunAsync(
        string clipId,
        string release,
        IReadOnlyList<ClipWindow> windows,
        double clipSeconds,
        IAsyncEnumerable<ClipSegment> segments,
        StageClock stages,
        CancellationToken cancellationToken)
    {
        try
        {
            using var faces = new FaceFrameSpool(guard);
            var beyondLimit = await AnalyzeSegmentsAsync(clipId, release, clipSeconds, segments, faces, stages, cancellationToken);
            if (faces.Segments == 0)
            {
                return new VideoFinding(Verdict.Unreadable(beyondLimit is null
                    ? "unreadable: The picture track cannot be decoded."
                    : "too-costly: Every stretch of the clip's pictures is refused. " + beyondLimit));
            }

            using (stages.Start("sequence"))
            {
                return await retry.RunAsync(
                    replicas,
                    _options.SequenceDeadline + clipSeconds * _options.DeadlinePerSecond,
                    (client, deadline, token) => ClassifySequenceAsync(client, clipId, release, windows, faces, faces.Pictures / clipSeconds, deadline, token),
                    cancellationToken);
            }
        }
        catch (TooManyFacesException)
        {
            return new VideoFinding(Verdict.Unreadable(
                $"too-many-faces: The clip shows more than {_options.MaximumFaceFrames} faces, summed over its sampled pictures."));
        }
        catch (WrongReleaseException wrong)
        {
            return new VideoFinding(Verdict.WrongRelease(wrong));
        }
        catch (RpcException failure)
        {
            return new VideoFinding(Verdict.NoService("video", failure.StatusCode));
        }
    }

    /// <returns>Where a stretch takes more than it may, what was said of one.</returns>
    private async Task<string?> AnalyzeSegmentsAsync(
        string clipId, string release, double clipSeconds, IAsyncEnumerable<ClipSegment> segments, FaceFrameSpool faces, StageClock stages,
        CancellationToken cancellationToken)
    {
        using var stage = stages.Start("video");
        var (faceFrames, beyondLimit) = (0, (string?)null);
        var lookedAt = 0L; // Milliseconds of the clip: how many segments it will be cut into is not known before it is.
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = _options.ConcurrentSegments, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(segments, parallel, async (segment, token) =>
        {
            var (answer, refusal) = await TryAnalyzeSegmentAsync(clipId, release, segment, token);
            var milliseconds = Interlocked.Add(ref lookedAt, (long)Math.Round(1000 * (segment.EndSeconds - segment.StartSeconds)));
            stage.Count(milliseconds / 1000.0, Math.Round(clipSeconds, 3), "seconds");
            if (refusal is not null)
            {
                beyondLimit = refusal; // Any will do.
            }

            if (answer is null)
            {
                return;
            }

            if (Interlocked.Add(ref faceFrames, answer.FaceFrames.Count) > _options.MaximumFaceFrames)
            {
                throw new TooManyFacesException();
            }

            faces.Add(segment.Index, answer);
        });
        stage.Span?.SetTag("emotion.face_frames", faceFrames);
        return beyondLimit;
    }

    /// <returns>
    /// No answer for a segment that cannot be decoded, or takes more than it may, of which the refusal says what: a clip with such a stretch
    /// is answered from the others.
    /// </returns>
    private async Task<(AnalyzeSegmentResponse? Answer, string? Refusal)> TryAnalyzeSegmentAsync(
        string clipId, string release, ClipSegment segment, CancellationToken cancellationToken)
    {
        try
        {
            return (await retry.RunAsync(
                replicas,
                _options.SegmentDeadline + segment.DecodedSeconds * _options.DeadlinePerSecond,
                async (client, deadline, token) =>
                {
                    var answer = await AnalyzeSegmentAsync(client, clipId, release, segment, deadline, token);
                    WrongReleaseException.ThrowIfOther("video", release, answer.Release);
                    return answer;
                },
                cancellationToken), null);
        }
        catch (RpcException failure) when (failure.StatusCode is StatusCode.InvalidArgument)
        {
            return (null, null);
        }
        catch (RpcException failure) when (failure.StatusCode is StatusCode.ResourceExhausted && !ReplicaRetry.IsFull(failure))
        {
            return (null, failure.Status.Detail); // Written for the person who sent the clip, unlike what a service says that fails.
        }
        finally
        {
            File.Delete(segment.Path); // What is on disk stays bounded by the segments under way.
        }
    }

    private static async Task<AnalyzeSegmentResponse> AnalyzeSegmentAsync(
        VideoClassifier.VideoClassifierClient client,
        string clipId,
        string release,
        ClipSegment segment,
        DateTime deadline,
        CancellationToken cancellationToken)
    {
        using var call = client.AnalyzeSegment(deadline: deadline, cancellationToken: cancellationToken);
        var start = new AnalyzeSegmentRequest
        {
            Start = new()
            {
                ClipId = clipId,
                Release = release,
                SegmentIndex = (uint)segment.Index,
                StartSeconds = segment.StartSeconds,
                EndSeconds = segment.EndSeconds,
                Container = segment.Container,
                KeyFrameSeconds = segment.KeyFrameSeconds,
            },
        };
        if (await call.RequestStream.TryWriteAsync(start, cancellationToken) && await SendAsync(call.RequestStream, segment, cancellationToken))
        {
            await call.RequestStream.TryCompleteAsync();
        }

        return await call.ResponseAsync;
    }

    /// <returns>False where the replica ended the call before it had all of it.</returns>
    private static async Task<bool> SendAsync(IClientStreamWriter<AnalyzeSegmentRequest> requests, ClipSegment segment, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(segment.Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous);
        var buffer = new byte[ChunkBytes];
        for (int read; (read = await file.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            var data = new AnalyzeSegmentRequest { Data = UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, read)) };
            if (!await requests.TryWriteAsync(data, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    private static async Task<VideoFinding> ClassifySequenceAsync(
        VideoClassifier.VideoClassifierClient client,
        string clipId,
        string release,
        IReadOnlyList<ClipWindow> windows,
        FaceFrameSpool faces,
        double picturesPerSecond,
        DateTime deadline,
        CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var call = client.ClassifySequence(deadline: deadline, cancellationToken: over.Token);
        var start = new ClassifySequenceRequest { Start = new() { ClipId = clipId, Release = release, Windows = { windows } } };
        var sending = SendAsync(call.RequestStream, start, faces, over);
        try
        {
            var (tracks, perWindow, version) = (new List<FaceTrack>(), new List<TrackWindow>(), (string?)null);
            await foreach (var answer in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                WrongReleaseException.ThrowIfOther("video", release, answer.Release);
                version = answer.Model?.Version;
                switch (answer.ContentCase)
                {
                    case ClassifySequenceResponse.ContentOneofCase.Track:
                        tracks.Add(answer.Track);
                        break;
                    case ClassifySequenceResponse.ContentOneofCase.Window:
                        perWindow.Add(answer.Window);
                        break;
                }
            }

            return new VideoFinding(Verdict.Used, tracks, perWindow, picturesPerSecond, version);
        }
        catch (RpcException) when (sending.Exception?.InnerException is IOException broken)
        {
            throw new IOException($"What was found in the clip's pictures cannot be read back: {broken.Message}", broken);
        }
        finally
        {
            await over.CancelAsync();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task SendAsync(
        IClientStreamWriter<ClassifySequenceRequest> requests, ClassifySequenceRequest start, FaceFrameSpool faces, CancellationTokenSource over)
    {
        try
        {
            var goesOn = await requests.TryWriteAsync(start, over.Token);
            await foreach (var batch in faces.ReadAsync(FramesPerBatch, over.Token))
            {
                goesOn = goesOn && await requests.TryWriteAsync(new ClassifySequenceRequest { Batch = new() { FaceFrames = { batch } } }, over.Token);
                if (!goesOn)
                {
                    return;
                }
            }

            await requests.TryCompleteAsync();
        }
        catch (IOException)
        {
            await over.CancelAsync(); // The service would wait for the rest of it.
            throw;
        }
    }

    private sealed class TooManyFacesException : Exception;
}
