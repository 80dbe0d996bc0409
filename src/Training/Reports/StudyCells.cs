using Emotion.Training.Evaluation;

namespace Emotion.Training.Reports;

/// <summary>The cells of the face study.</summary>
/// <param name="Told">Trained by the study's recipes.</param>
/// <param name="NotRun">Names of those that are not there.</param>
/// <param name="OfAnotherRecipe">Names of those that were trained by other recipes than the study's: they are not compared.</param>
public sealed record StudyCells(IReadOnlyList<FaceCell> Told, IReadOnlyList<string> NotRun, IReadOnlyList<string> OfAnotherRecipe);
