using System.Text.Json.Serialization;
using Emotion.Inference.Video;

namespace Emotion.Training.Recipes;

/// <summary>The network over the face frames of a window.</summary>
public sealed record SequenceRecipe
{
    public required int Hidden { get; init; }
    public required double Dropout { get; init; }
    public required TrainingSpec Training { get; init; }
    public required SequenceSpec Sequence { get; init; }
    public required CompositionSpec Composition { get; init; }

    /// <summary>Recordings of acted corpora, whose faces are cut by the front end that serves; null where there are none.</summary>
    public FaceVideoCorpora? Videos { get; init; }

    /// <summary>How often a real sequence is shown in an epoch, against once for each composed one.</summary>
    public required int RealRepeats { get; init; }
}

/// <summary>Where recordings are: RAVDESS's <c>01-01-*.mp4</c> and CREMA-D's <c>*.flv</c>, divided by subject as CK+ is.</summary>
/// <param name="Folders">Under the folder of the corpora.</param>
public sealed record FaceVideoCorpora(IReadOnlyList<string> Folders);

/// <summary>
/// Sequences made of still pictures, since no video corpus is at hand: a few pictures of one label, each shown for a while in changed
/// versions, at times after neutral ones. They show the network how long and how mixed sequences are, not how faces move.
/// </summary>
public sealed record CompositionSpec
{
    /// <summary>Pictures of each label, at most, and changed versions of each beside the plain one.</summary>
    public required int PicturesPerLabel { get; init; }
    public required int Variants { get; init; }

    /// <summary>Composed sequences in an epoch.</summary>
    public required int SequencesPerEpoch { get; init; }
    public required int MinimumFrames { get; init; }
    public required int MaximumFrames { get; init; }

    /// <summary>Different pictures in a sequence, at most.</summary>
    public required int MaximumPictures { get; init; }

    /// <summary>Probability of a neutral beginning, and its longest share of the sequence.</summary>
    public required double NeutralOnset { get; init; }
    public required double NeutralShare { get; init; }

    /// <summary>What interrupts a face that is shown; null where nothing does, as in packages of before.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public InterruptionSpec? Interruptions { get; init; }

    /// <summary>How pictures are changed before the frame network sees them.</summary>
    public required PictureAugmentationSpec Augmentation { get; init; }
}

/// <summary>Blinks and drop-outs of composed sequences.</summary>
public sealed record InterruptionSpec
{
    /// <summary>
    /// Probability of each frame to have shut eyes: lids are painted over them, no picture of a blink is at hand. People blink some 15 to 20
    /// times a minute for 0.1 to 0.3 s, so about six of a hundred frames show it, hardly two in a row at five pictures a second.
    /// </summary>
    public required double ShutEyes { get; init; }

    /// <summary>
    /// Probability of a sequence to miss a run of its frames, as if the face had been lost for a while, and the longest share that is missed.
    /// The network is told nothing of the gap, as in serving; at least <see cref="CompositionSpec.MinimumFrames"/> stay.
    /// </summary>
    public required double DropOut { get; init; }
    public required double DropOutShare { get; init; }
}
