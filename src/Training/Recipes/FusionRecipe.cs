namespace Emotion.Training.Recipes;

/// <summary>Fusion of what the speech and the face model say of a window.</summary>
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

    /// <summary>Tuples drawn in an epoch, and once for each of validation and test.</summary>
    public required int TuplesPerEpoch { get; init; }
    public required int TuplesJudged { get; init; }

    /// <summary>Composed face sequences of each label, made once for each part.</summary>
    public required int SequencesPerLabel { get; init; }

    /// <summary>Stills that they are composed of.</summary>
    public required CompositionSpec Composition { get; init; }
}
