using System.Buffers;
using Emotion.Features.Faces;
using Emotion.Media;
using Microsoft.Extensions.Options;

namespace Emotion.Inference.Video;

/// <summary>What was found in one segment.</summary>
/// <param name="Frames">In order of time, then of face size, largest first.</param>
/// <param name="Pictures">Sampled pictures, with or without a face.</param>
/// <param name="PicturesWithoutFace">Pictures in which no face was found, or none of use.</param>
public sealed record SegmentResult(IReadOnlyList<FaceFrame> Frames, int Pictures, int PicturesWithoutFace);

/// <summary>
/// One encoded segment -> pictures -> faces -> frame network. Pictures are decoded while earlier ones are searched and earlier faces
/// classified. At most <see cref="SegmentOptions.MaxConcurrent"/> segments at once; a full queue refuses.
/// </summary>
public sealed class SegmentAnalyzer(SegmentDecoder decoder, IOptions<SegmentOptions> options) : IDisposable
{
    private readonly SegmentOptions _options = options.Value;
    private readonly SemaphoreSlim _slots = new(options.Value.MaxConcurrent);
    private int _admitted;

    /// <param name="path">A file that holds the segment.</param>
    /// <param name="container">The container that it was wrapped in; nothing else is tried.</param>
    /// <param name="startSeconds">Clip time of its first picture.</param>
    /// <param name="endSeconds">Clip time where the next segment starts.</param>
    /// <exception cref="QueueFullException">Too many segments wait.</exception>
    /// <exception cref="MediaRefusedException">It cannot be decoded, or is beyond a limit.</exception>
    public async Task<SegmentResult> AnalyzeAsync(
        VideoModel model, string path, string container, double startSeconds, double endSeconds, CancellationToken cancellationToken)
    {
        using var activity = InferenceInstruments.Activities.StartActivity("video.segment");
        if (Interlocked.Increment(ref _admitted) > _options.MaxConcurrent + _options.QueueLength)
        {
            Interlocked.Decrement(ref _admitted);
            throw new QueueFullException("video.segments", _options.QueueLength);
        }

        try
        {
            await _slots.WaitAsync(cancellationToken);
            try
            {
                var pictures = decoder.DecodeAsync(path, container, startSeconds, endSeconds, model.Sampling, cancellationToken);
                var result = await AnalyzeAsync(model, pictures, cancellationToken);
                activity?.SetTag("emotion.pictures", result.Pictures).SetTag("emotion.face_frames", result.Frames.Count);
                return result;
            }
            finally
            {
                _slots.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _admitted);
        }
    }

    public void Dispose() => _slots.Dispose();

    private async Task<SegmentResult> AnalyzeAsync(
        VideoModel model, IAsyncEnumerable<VideoFrame> decoded, CancellationToken cancellationToken)
    {
        var frames = new List<FaceFrame>();
        var pending = new Queue<Task<FaceFrame>>();
        var (pictures, without) = (0, 0);
        FaceDetection[] faces = [];
        try
        {
            await foreach (var picture in decoded.WithCancellation(cancellationToken))
            {
                using (picture)
                {
                    if (pictures++ % model.Aligner.Spec.Detector.DetectEvery == 0)
                    {
                        faces = model.Detector.Detect(new RgbPicture(picture.Pixels.Span, picture.Width, picture.Height));
                    }

                    var readable = 0;
                    foreach (var face in faces)
                    {
                        var task = ReadAsync(model, picture, face, cancellationToken);
                        pending.Enqueue(task);
                        readable += task is { IsCompletedSuccessfully: true } && (await task).Refusal is not null ? 0 : 1;
                    }

                    without += readable == 0 ? 1 : 0;
                }

                while (pending.Count > _options.MaxPendingFaces)
                {
                    frames.Add(await pending.Dequeue());
                }
            }

            while (pending.TryDequeue(out var task))
            {
                frames.Add(await task);
            }
        }
        finally
        {
            // After a failure the others still hold pooled memory; they end by themselves.
            await ((Task)Task.WhenAll(pending)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return new SegmentResult(frames, pictures, without);
    }

    // Aligns before it returns, so that the picture may go; completes at once where the face is refused.
    private static Task<FaceFrame> ReadAsync(VideoModel model, VideoFrame picture, FaceDetection face, CancellationToken cancellationToken)
    {
        var crop = ArrayPool<float>.Shared.Rent(model.Aligner.FeatureCount);
        FaceQuality quality;
        try
        {
            quality = model.Aligner.Align(
                new RgbPicture(picture.Pixels.Span, picture.Width, picture.Height), face.Landmarks, crop.AsSpan(0, model.Aligner.FeatureCount));
        }
        catch
        {
            ArrayPool<float>.Shared.Return(crop);
            throw;
        }

        var frame = Describe(model.Aligner.Spec, picture, face, quality, crop);
        if (frame.Refusal is not null)
        {
            ArrayPool<float>.Shared.Return(crop);
            return Task.FromResult(frame);
        }

        return ClassifyAsync(model, frame, crop, cancellationToken);
    }

    private static async Task<FaceFrame> ClassifyAsync(VideoModel model, FaceFrame frame, float[] crop, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await model.Frames.RunAsync(crop, cancellationToken);
            return frame with { Posterior = answer.Posterior, Embedding = answer.Embedding };
        }
        finally
        {
            ArrayPool<float>.Shared.Return(crop);
        }
    }

    private static FaceFrame Describe(FaceFrameSpec spec, VideoFrame picture, FaceDetection face, FaceQuality quality, float[] crop)
    {
        FacePoint Share(FacePoint point) => new(point.X / picture.Width, point.Y / picture.Height);
        return new FaceFrame
        {
            Seconds = picture.Seconds,
            Box = new FaceBox(
                face.Box.Left / picture.Width, face.Box.Top / picture.Height, face.Box.Right / picture.Width, face.Box.Bottom / picture.Height),
            Landmarks = new FaceLandmarks(
                Share(face.Landmarks.LeftEye), Share(face.Landmarks.RightEye), Share(face.Landmarks.Nose),
                Share(face.Landmarks.LeftMouth), Share(face.Landmarks.RightMouth)),
            DetectionScore = face.Score,
            Sharpness = quality.Sharpness,
            Brightness = quality.Brightness,
            MouthOpening = MouthOpening.Measure(crop, spec),
            Refusal = quality.Abstention switch
            {
                FaceAbstention.None => null,
                FaceAbstention.TooSmall => new(AbstentionReason.FaceTooSmall,
                    $"The face is smaller than {spec.MinimumFacePixels} pixels."),
                FaceAbstention.TooDark => new(AbstentionReason.FaceTooDark,
                    $"The face has brightness {quality.Brightness:0.00}; {spec.MinimumBrightness:0.00} is needed."),
                _ => new(AbstentionReason.FaceTooBlurred,
                    $"The face has sharpness {quality.Sharpness:0.0000}; {spec.MinimumSharpness:0.0000} is needed."),
            },
        };
    }
}
