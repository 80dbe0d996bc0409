using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Video.V1;
using Emotion.Features.Faces;
using Emotion.Inference;
using Emotion.Serving;
using Google.Protobuf;
using Abstention = Emotion.Inference.Abstention;
using FaceFrame = Emotion.Inference.Video.FaceFrame;
using FaceTrack = Emotion.Inference.Video.FaceTrack;
using TrackWindow = Emotion.Inference.Video.TrackWindow;
using Wire = Emotion.Contracts.Video.V1;

namespace Emotion.VideoService;

/// <summary>
/// Faces between Inference and the wire. Landmarks are named from the picture there and from the person here: the eye on the left of the
/// picture is the person's right one.
/// </summary>
internal static class FaceWire
{
    public static Wire.FaceFrame ToWire(this FaceFrame frame, uint segment, ModelVersion version, IReadOnlyList<string> covered) => new()
    {
        Seconds = frame.Seconds,
        Box = ToWire(frame.Box),
        Landmarks = { Enumerable.Range(0, FaceLandmarks.Count).Select(i => new Point { X = frame.Landmarks[i].X, Y = frame.Landmarks[i].Y }) },
        Posterior = frame.Refusal is null ? ModelWire.ToPosterior(frame.Posterior, covered) : null,
        FeatureMap = frame.Refusal is null ? ModelWire.ToFeatureMap(frame.Embedding, version) : null,
        DetectionScore = frame.DetectionScore,
        Sharpness = frame.Sharpness,
        Brightness = frame.Brightness,
        MouthOpening = frame.MouthOpening,
        Size = frame.Size,
        Pose = new Pose { Yaw = frame.Pose.Yaw, Pitch = frame.Pose.Pitch, Roll = frame.Pose.Roll },
        Scene = ByteString.CopyFrom(frame.Scene),
        SegmentIndex = segment,
        Cuts = (uint)frame.Cuts,
        Refusal = frame.Refusal?.ToWire(),
    };

    /// <param name="frame">Of a response to <c>AnalyzeSegment</c>.</param>
    /// <param name="version">Of the model that is to read the feature maps: it must have made them too.</param>
    /// <exception cref="InvalidInputException">Parts are missing.</exception>
    /// <exception cref="IncompatibleVersionException">Another version made the feature map.</exception>
    public static FaceFrame FromWire(this Wire.FaceFrame frame, string version)
    {
        if (frame.Box is null || frame.Landmarks.Count != FaceLandmarks.Count || (frame.FeatureMap is null && frame.Refusal is null))
        {
            throw new InvalidInputException($"The face frame at {frame.Seconds} s lacks its box, its five landmarks or its feature map.");
        }

        if (frame.FeatureMap is { } map && map.Producer?.Version != version)
        {
            throw new IncompatibleVersionException(
                $"The feature map at {frame.Seconds} s comes from version '{map.Producer?.Version}', not from {version}.");
        }

        FacePoint Landmark(int index) => new(frame.Landmarks[index].X, frame.Landmarks[index].Y);
        return new FaceFrame
        {
            Seconds = frame.Seconds,
            Box = new FaceBox(frame.Box.Left, frame.Box.Top, frame.Box.Left + frame.Box.Width, frame.Box.Top + frame.Box.Height),
            Landmarks = new FaceLandmarks(Landmark(0), Landmark(1), Landmark(2), Landmark(3), Landmark(4)),
            DetectionScore = frame.DetectionScore,
            Posterior = [.. frame.Posterior?.Probabilities ?? []],
            Embedding = ModelWire.FromFeatureMap(frame.FeatureMap),
            Sharpness = frame.Sharpness,
            Brightness = frame.Brightness,
            MouthOpening = frame.MouthOpening,
            Size = frame.Size,
            Pose = frame.Pose is { } pose ? new FacePose(pose.Yaw, pose.Pitch, pose.Roll) : default,
            Scene = frame.Scene.ToByteArray(),
            Segment = frame.HasSegmentIndex ? frame.SegmentIndex : null,
            Cuts = frame.Cuts,
            Refusal = frame.Refusal is { } refusal ? new Abstention((AbstentionReason)refusal.Reason, refusal.Detail) : null,
        };
    }

    public static Wire.FaceTrack ToWire(this FaceTrack track, IReadOnlyList<string> covered) => new()
    {
        FaceId = (uint)track.FaceId,
        StartSeconds = track.StartSeconds,
        EndSeconds = track.EndSeconds,
        Boxes = { track.Boxes.Select(box => new TimedBox { Seconds = box.Seconds, Box = ToWire(box.Box) }) },
        Posterior = track.Posterior.Length > 0 ? ModelWire.ToPosterior(track.Posterior, covered) : null,
    };

    public static Wire.TrackWindow ToWire(this TrackWindow window, ModelVersion version, IReadOnlyList<string> covered)
    {
        var wire = new Wire.TrackWindow
        {
            WindowIndex = (uint)window.Window.Index,
            FaceId = (uint)window.FaceId,
            FaceFrames = (uint)window.FaceFrames,
            Area = window.Area,
            MouthOpening = { window.MouthOpening.Select(mouth => new TimedValue { Seconds = mouth.Seconds, Value = mouth.Opening }) },
            Heat = { window.Heat.Select(frame => new TimedValue { Seconds = frame.Seconds, Value = frame.Change }) },
        };
        if (window.Abstention is { } abstention)
        {
            wire.Abstention = abstention.ToWire();
        }
        else
        {
            wire.Posterior = ModelWire.ToPosterior(window.Posterior, covered);
            wire.FeatureMap = ModelWire.ToFeatureMap(window.Embedding, version);
        }

        return wire;
    }

    private static Box ToWire(FaceBox box) => new() { Left = box.Left, Top = box.Top, Width = box.Width, Height = box.Height };
}
