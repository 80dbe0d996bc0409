using Emotion.Features.Faces;

namespace Emotion.Training.Recipes;

/// <summary>The face network: one gray face frame to a posterior.</summary>
public sealed record VideoRecipe
{
    public required string Network { get; init; }
    public required string Stem { get; init; }
    public required double Dropout { get; init; }
    public required TrainingSpec Training { get; init; }

    /// <summary>
    /// Sizes that pictures are shown at, in order; small ones first cost a fraction of the time. The last is the size of the
    /// face frame that is served. Epochs sum to the training's.
    /// </summary>
    public required IReadOnlyList<ResolutionStage> Resolutions { get; init; }
    public required PictureAugmentationSpec Augmentation { get; init; }
    public required FaceFrameSpec FaceFrame { get; init; }

    public int SizeAt(int epoch)
    {
        foreach (var stage in Resolutions)
        {
            if (epoch < stage.Epochs)
            {
                return stage.Size;
            }

            epoch -= stage.Epochs;
        }

        return Resolutions[^1].Size;
    }
}

public sealed record ResolutionStage(int Epochs, int Size);

/// <summary>Changes of a picture that leave its label; each drawn anew per picture and epoch.</summary>
public sealed record PictureAugmentationSpec
{
    public required double FlipProbability { get; init; }
    public required double RotationDegrees { get; init; }

    /// <summary>Of the picture's side.</summary>
    public required double Shift { get; init; }

    /// <summary>The picture is scaled by e^u, u uniform in [-zoom, zoom].</summary>
    public required double Zoom { get; init; }

    /// <summary>Contrast is scaled by e^u, brightness shifted by u/2, u uniform in [-light, light].</summary>
    public required double Light { get; init; }

    /// <summary>A rectangle of 2 to <see cref="EraseArea"/> of the picture becomes gray.</summary>
    public required double EraseProbability { get; init; }
    public required double EraseArea { get; init; }
}
