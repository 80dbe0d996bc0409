using System.Text.Json.Serialization;

namespace Emotion.Features.Faces;

/// <summary>A point, in pixels of a picture or in the unit square of a crop; x to the right, y down.</summary>
public readonly record struct FacePoint(float X, float Y);

/// <summary>
/// Everything that the numbers of a face frame depend on, from the picture to the tensor. Written by the recipe, kept in the
/// manifest of the video model, and without default values.
/// </summary>
public sealed record FaceFrameSpec
{
    /// <summary>The algorithm of <see cref="FaceAligner"/> that this spec was written for.</summary>
    public required int Revision { get; init; }
    public required double PicturesPerSecond { get; init; }

    /// <summary>Side of the crop in pixels.</summary>
    public required int CropSize { get; init; }

    /// <summary>
    /// Where <see cref="FaceLandmarks"/> are to lie in the crop, in the unit square: left eye, right eye, tip of the nose, left and
    /// right corner of the mouth; left and right as seen in the picture.
    /// </summary>
    public required IReadOnlyList<FacePoint> Template { get; init; }

    /// <summary>Weights of red, green and blue in gray.</summary>
    public required IReadOnlyList<float> GrayWeights { get; init; }

    /// <summary>
    /// Whether the histogram of the crop is equalised, as that of every FER2013 picture of our copy is: without it a network
    /// trained on them would never have seen the contrast of a real crop.
    /// </summary>
    public required bool Equalise { get; init; }

    /// <summary>The tensor holds <c>(gray / 255 - mean) / deviation</c>.</summary>
    public required float Mean { get; init; }
    public required float Deviation { get; init; }

    public required FaceDetectorSpec Detector { get; init; }
    public required FaceTrackSpec Tracks { get; init; }

    /// <summary>Faces with a shorter side in the picture are passed over.</summary>
    public required int MinimumFacePixels { get; init; }

    /// <summary>A crop whose <see cref="FaceQuality.Brightness"/> is lower is too dark to judge.</summary>
    public required float MinimumBrightness { get; init; }

    /// <summary>A crop whose <see cref="FaceQuality.Sharpness"/> is lower is too blurred to judge.</summary>
    public required float MinimumSharpness { get; init; }

    /// <exception cref="ArgumentException">The spec is of another revision, or contradicts itself.</exception>
    public FaceFrameSpec Validated()
    {
        Require(Revision == FaceAligner.Revision, $"revision is {FaceAligner.Revision}, not {Revision}");
        Require(PicturesPerSecond > 0 && double.IsFinite(PicturesPerSecond), "picturesPerSecond is positive");
        Require(CropSize is >= 8 and <= 1024, "cropSize is 8 to 1024");
        Require(Template.Count == FaceLandmarks.Count && Template.All(p => p is { X: > 0 and < 1, Y: > 0 and < 1 }),
            $"the template has {FaceLandmarks.Count} points within the unit square");
        Require(GrayWeights.Count == 3 && Math.Abs(GrayWeights.Sum() - 1) < 1e-3, "the three gray weights sum to 1");
        Require(float.IsFinite(Mean) && Deviation > 0, "the mean is finite and the deviation positive");
        Require(Detector.InputWidth > 0 && Detector.InputHeight > 0 && Detector.DetectEvery > 0, "detector input and interval are positive");
        Require(Detector.MinimumScore is > 0 and < 1 && Detector.MaximumOverlap is > 0 and < 1, "detector thresholds are in (0, 1)");
        Require(Detector.Follow?.Revision is null or FaceFollower.Revision, $"follow.revision is {FaceFollower.Revision}, not {Detector.Follow?.Revision}");
        Require(Tracks.Revision is null or (>= 1 and <= FaceTracker.Revision), $"tracks.revision is 1 to {FaceTracker.Revision}, not {Tracks.Revision}");
        Require(Detector.Follow is null or { MinimumCorrelation: > 0 and < 1, Reach: > 0 and <= 2 },
            "follow has a correlation in (0, 1) and a reach of at most 2 sides");
        Require(Tracks.MaximumGapSeconds >= 0 && Tracks.MaximumTracks > 0, "the gap is not negative and maximumTracks positive");
        Require(Tracks.MinimumOverlap is > 0 and < 1 && Tracks.MaximumCentreDistance > 0, "track thresholds are positive");
        Require(Detector.MaximumFaces > 0 && MinimumFacePixels > 0, "maximumFaces and minimumFacePixels are positive");
        return this;
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new ArgumentException($"This face frame spec cannot be used; it must hold that {what}.");
        }
    }
}

/// <summary>How faces are found.</summary>
public sealed record FaceDetectorSpec
{
    /// <summary>Size that the picture is fitted into, keeping its shape, before the detector sees it.</summary>
    public required int InputWidth { get; init; }
    public required int InputHeight { get; init; }

    /// <summary>Boxes of a lower score are no faces.</summary>
    public required float MinimumScore { get; init; }

    /// <summary>Of two boxes that overlap more (intersection over union) the one of lower score goes.</summary>
    public required float MaximumOverlap { get; init; }

    /// <summary>At most so many faces of a picture, the largest first.</summary>
    public required int MaximumFaces { get; init; }

    /// <summary>The detector sees every so many sampled pictures: those at clip times that are multiples of it, and a segment's first.</summary>
    public required int DetectEvery { get; init; }

    /// <summary>
    /// How faces are followed between pictures that the detector sees; where it is missing they keep their places. See
    /// <see cref="FaceFollower"/>.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FaceFollowSpec? Follow { get; init; }
}

/// <summary>How a face is followed without the detector.</summary>
public sealed record FaceFollowSpec
{
    /// <summary>The algorithm of <see cref="FaceFollower"/> that this spec was written for, its constants among it; 1 where nothing is said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Revision { get; init; }

    /// <summary>Where the face correlates less with what it was when it was found, the detector looks at the picture.</summary>
    public required float MinimumCorrelation { get; init; }

    /// <summary>How far a face is looked for from where it was last, in sides of the face.</summary>
    public required float Reach { get; init; }
}

/// <summary>How faces of successive pictures are joined into tracks.</summary>
public sealed record FaceTrackSpec
{
    /// <summary>
    /// The algorithm of <see cref="FaceTracker"/> that this spec was written for, with its constants and those of <see cref="SceneSignature"/>,
    /// at whose cuts tracks end; 1 where nothing is said. Specs of 1 are followed by the rule of 2, the old measure of distance being no longer in
    /// the code: what a face frame says is the same, only which of them have one id may differ, where boxes hardly overlap.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Revision { get; init; }

    /// <summary>A face that was away for longer comes back as a new track.</summary>
    public required double MaximumGapSeconds { get; init; }

    /// <summary>Boxes that overlap at least so much (intersection over union) are one face.</summary>
    public required float MinimumOverlap { get; init; }

    /// <summary>So are boxes whose centres are at most so far apart, in mean widths and heights of both: a quick turn, or a gap.</summary>
    public required float MaximumCentreDistance { get; init; }

    /// <summary>At most so many faces of a clip are answered for: those of the largest area, summed over their pictures.</summary>
    public required int MaximumTracks { get; init; }
}
