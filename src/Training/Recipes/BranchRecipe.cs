namespace Emotion.Training.Recipes;

/// <summary>A small network over numbers that no training has made: what a frozen encoder hears, what a face's muscles do.</summary>
public sealed record BranchRecipe
{
    /// <summary>Width of its one hidden layer.</summary>
    public required int Hidden { get; init; }

    /// <summary>Of the inputs and of the hidden layer, when training.</summary>
    public required double InputDropout { get; init; }
    public required double Dropout { get; init; }
    public required TrainingSpec Training { get; init; }
}
