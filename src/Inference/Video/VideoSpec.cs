using System.Text.Json.Serialization;
using Emotion.Features.Faces;

namespace Emotion.Inference.Video;

/// <summary>The <c>frontEnd</c> of a video package's manifest.</summary>
public sealed record VideoSpec
{
    /// <summary>Larger pictures are scaled down to it, in pixels, before a face is looked for.</summary>
    public required int LongestPictureSide { get; init; }

    public required FaceFrameSpec FaceFrame { get; init; }

    public required SequenceSpec Sequence { get; init; }
}

/// <summary>Bounds of the sequence network.</summary>
public sealed record SequenceSpec
{
    /// <summary>The sequence network.</summary>
    public const string Network = "lstm";

    /// <summary>The mean of the face frames' posteriors.</summary>
    public const string Mean = "mean";

    /// <summary>A window with fewer readable face frames of a track gets no answer for it.</summary>
    public required int MinimumFaceFrames { get; init; }

    /// <summary>Longest sequence; of more, evenly spaced ones are taken.</summary>
    public required int MaximumFaceFrames { get; init; }

    /// <summary>
    /// Where the posterior of a window comes from: <see cref="Network"/>, which is also what is meant where nothing is said, or
    /// <see cref="Mean"/>. The embedding is the network's either way.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Answer { get; init; }

    /// <summary>
    /// What the mean of the posteriors is calibrated by: softmax(ln mean / temperature). 1, which leaves it as it is, where nothing is
    /// said. The sequence network's own temperature is in its graph.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MeanTemperature { get; init; }
}
