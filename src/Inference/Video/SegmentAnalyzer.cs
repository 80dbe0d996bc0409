using System.Buffers;
using Emotion.Features.Faces;
using Emotion.Media;
using Microsoft.Extensions.Options;

namespace Emotion.Inference.Video;

/// <summary>What was found in one segment.</summary>
/// <param name="Frames">In order of time, then of face size, largest first.</param>
/// <param name="Pictures">Sampled pictures, with or without a face.</param>
/// <param name="PicturesSearched">Pictures that the detector saw; in the others faces were followed.</param>
/// <param name="PicturesWithoutFace">Pictures in which no face was found, or none of use.</param>
public sealed record SegmentResult(IReadOnlyList<FaceFrame> Frames, int Pictures, int PicturesSearched, int PicturesWithoutFace);

/// <summary>
/// One encoded segment -> pictures -> faces -> frame network. Pictures are decoded while earlier ones are searched and the faces of still
/// earlier ones are read. How many segments are analysed at once is up to who calls. Thread-safe.
/// </summary>
public sealed class SegmentAnalyzer(SegmentDecoder decoder, IOptions<SegmentOptions> options)
{
    private readonly SegmentOptions _options = options.Value;

    /// <param name="path">A file that holds the segment.</param>
    /// <param name="container">The container that it was wrapped in; nothing else is tried.</param>
    /// <param name="keyFrameSeconds">Clip time of the file's first picture.</param>
    /// <param name="startSeconds">Clip time from which on pictures count.</param>
    /// <param name="endSeconds">Clip time where the next segment starts.</param>
    /// <exception cref="MediaRefusedException">It cannot be decoded, or is beyond a limit.</exception>
    public async Task<SegmentResult> AnalyzeAsync(
        VideoModel model, string path, string container, double keyFrameSeconds, double startSeconds, double endSeconds,
        CancellationToken cancellationToken)
    {
        using var activity = InferenceInstruments.Activities.StartActivity("video.segment");
        var pictures = decoder.DecodeAsync(path, container, keyFrameSeconds, startSeconds, endSeconds, model.Sampling, cancellationToken);
        var result = await AnalyzeAsync(model, pictures, cancellationToken);
        activity?.SetTag("emotion.pictures", result.Pictures).SetTag("emotion.face_frames", result.Frames.Count)
            .SetTag("emotion.pictures_searched", result.PicturesSearched);
        return result;
    }

    private async Task<SegmentResult> AnalyzeAsync(
        VideoModel model, IAsyncEnumerable<VideoFrame> decoded, CancellationToken cancellationToken)
    {
        var finder = new FaceFinder(model.Detector, model.Aligner.Spec);
        var frames = new List<FaceFrame>();
        var (pictures, without) = (0, 0);
        await using var reading = new FaceReading(model, frames, cancellationToken);
        await foreach (var picture in decoded.WithCancellation(cancellationToken))
        {
            using (picture)
            {
                pictures++;
                without += Cut(model, finder, picture, frames, reading) ? 0 : 1;
            }

            reading.Ask(_options.FacesTogether);
            if (reading.Pending >= _options.MaxPendingFaces)
            {
                await reading.FinishAsync();
            }
        }

        await reading.FinishAsync();
        return new SegmentResult(frames, pictures, finder.Searched, without);
    }

    // Cuts the picture's faces, so that the picture may go; false where none of them can be read.
    private static bool Cut(VideoModel model, FaceFinder finder, VideoFrame picture, List<FaceFrame> frames, FaceReading reading)
    {
        var readable = false;
        foreach (var face in finder.Next(picture))
        {
            var crop = ArrayPool<float>.Shared.Rent(model.Aligner.FeatureCount);
            reading.Add(frames.Count, crop);
            var quality = model.Aligner.Align(
                new RgbPicture(picture.Pixels.Span, picture.Width, picture.Height), face.Landmarks, crop.AsSpan(0, model.Aligner.FeatureCount));
            var frame = Describe(model.Aligner.Spec, picture, face, quality, crop) with { Scene = finder.Scene, Cuts = finder.Cuts };
            frames.Add(frame);
            readable |= frame.Refusal is null;
        }

        return readable;
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
            Size = quality.Size,
            Pose = quality.Pose,
            MouthOpening = MouthOpening.Measure(crop, spec),
            Refusal = quality.Abstention switch
            {
                FaceAbstention.None => null,
                FaceAbstention.TooSmall => new(AbstentionReason.FaceTooSmall,
                    $"The face has {quality.Size:0} pixels a side; {spec.MinimumFacePixels} are needed."),
                FaceAbstention.TooDark => new(AbstentionReason.FaceTooDark,
                    $"The face has brightness {quality.Brightness:0.00}; {spec.MinimumBrightness:0.00} is needed."),
                _ => new(AbstentionReason.FaceTooBlurred,
                    $"The face has sharpness {quality.Sharpness:0.0000}; {spec.MinimumSharpness:0.0000} is needed."),
            },
        };
    }
}
