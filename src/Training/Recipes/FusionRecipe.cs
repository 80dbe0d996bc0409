namespace Emotion.Training.Recipes;

/// <summary>Fusion of what the models of speech, faces and, where it is at hand, words say of a window.</summary>
public sealed record FusionRecipe
{
    public required int Hidden { get; init; }
    public required double Dropout { get; init; }
    public required TrainingSpec Training { get; init; }

    /// <summary>
    /// Whose recordings train fusion: of those that the speech network never trained on. Null where the speech network's split has fusion
    /// actors of its own, as the first release's has.
    /// </summary>
    public IReadOnlyList<int>? TrainingActors { get; init; }

    /// <summary>Whose recordings choose its epoch and its temperature; others of those. Null for all of the speech network's validation.</summary>
    public IReadOnlyList<int>? ValidationActors { get; init; }

    /// <summary>
    /// How often a training tuple has which modalities, as weights by <c>audio</c>, <c>audio+video</c> and so on: modality dropout. One of modalities
    /// that are not at hand is passed over. Null for all subsets alike, as in the releases of before there was text.
    /// </summary>
    public IReadOnlyDictionary<string, double>? Presence { get; init; }

    /// <summary>
    /// Shares of the trained correction that are tried for each subset of several modalities, in rising order; 0 is the weighted evidence alone. The validation part chooses, with the
    /// temperatures. Null for the whole of it, as in the releases of before.
    /// </summary>
    public IReadOnlyList<double>? CorrectionShares { get; init; }

    /// <summary>Tuples drawn in an epoch.</summary>
    public required int TuplesPerEpoch { get; init; }

    /// <summary>Tuples drawn once of each subset of the modalities, for each of validation and test.</summary>
    public required int TuplesJudged { get; init; }

    /// <summary>Composed face sequences of each label, made once for each part.</summary>
    public required int SequencesPerLabel { get; init; }

    /// <summary>Stills that they are composed of.</summary>
    public required CompositionSpec Composition { get; init; }
}
