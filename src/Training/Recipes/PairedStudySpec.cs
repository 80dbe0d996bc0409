using System.Text.Json.Nodes;

namespace Emotion.Training.Recipes;

/// <summary>
/// Fusion of sound and face of the same performances: RAVDESS speech with the action units of its pictures or, whoever has them, with its films. Every
/// number of the study; a cell is one protocol on one outer fold.
/// </summary>
public sealed record PairedStudySpec
{
    public required IReadOnlyList<PairedProtocol> Protocols { get; init; }

    /// <summary>Outer folds, 1 to 6.</summary>
    public required IReadOnlyList<int> Folds { get; init; }

    /// <summary>Of all its trainings.</summary>
    public required int Seed { get; init; }

    /// <summary>MFCC -> ResNet-18: the shipped recipe <c>audio</c> with this merge patch (RFC 7396).</summary>
    public required JsonObject SpeechPatch { get; init; }

    /// <summary>The frozen speech encoder and how it is heard: the recipe <c>speech-two-branch</c>; the network behind it is <see cref="Encoder"/>.</summary>
    public required BranchRecipe Encoder { get; init; }

    /// <summary>What the face is: <c>action-units</c>, or <c>resnet34-lstm</c>, which needs the films.</summary>
    public required string Face { get; init; }

    public required BranchRecipe ActionUnits { get; init; }

    public required FaceVideoRecipe FaceVideo { get; init; }

    public required PairedFusionRecipe Fusion { get; init; }

    /// <summary>Share of the held actors' clips that the threshold of "uncertain" leaves answered.</summary>
    public required double Coverage { get; init; }
}

/// <summary>
/// Films: the shipped face network (ResNet-34 on FER2013, which has seen no film of the corpus) on the faces that the front end finds, and an LSTM over them, which
/// learns from the actors that the speech network learns from, and from other corpora.
/// </summary>
public sealed record FaceVideoRecipe
{
    /// <summary>Under the folder of the corpora: RAVDESS's <c>01-01-*.mp4</c>, which are judged, and CREMA-D's <c>*.flv</c>, which only train.</summary>
    public required IReadOnlyList<string> Folders { get; init; }

    /// <summary>Of the LSTM.</summary>
    public required int Hidden { get; init; }
    public required double Dropout { get; init; }

    /// <summary>Of a longer sequence so many, evenly spaced.</summary>
    public required int MaximumFaceFrames { get; init; }
    public required TrainingSpec Training { get; init; }
}

/// <param name="Name">Of the folder of its cells, and in the report.</param>
/// <param name="Labels">Clips of others are no part of it.</param>
public sealed record PairedProtocol(string Name, IReadOnlyList<string> Labels);

/// <summary>Weights of each subset of one, of two, and of all three modalities.</summary>
public sealed record PresenceWeights(double One, double Two, double All);

/// <summary>The fully connected fusion and its rival with attention: the same numbers for both.</summary>
public sealed record PairedFusionRecipe
{
    public required int Hidden { get; init; }
    public required double Dropout { get; init; }
    public required TrainingSpec Training { get; init; }

    /// <summary>Modality dropout: how often a clip is shown with how many of its modalities.</summary>
    public required PresenceWeights Presence { get; init; }

    /// <summary>
    /// Shares of the trained correction that are tried for each subset of several modalities, in rising order; 0 is the weighted evidence alone. The held actors choose, with the
    /// temperature.
    /// </summary>
    public required IReadOnlyList<double> CorrectionShares { get; init; }

    /// <summary>How often an epoch shows a clip of which all modalities are at hand, against once for each other.</summary>
    public required int WholeRepeats { get; init; }
}
