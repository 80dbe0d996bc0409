using System.Text.Json.Serialization;
using Emotion.Features.Faces;
using Emotion.Training.Onnx;

namespace Emotion.Training.Recipes;

/// <summary>The face network: one gray face frame to a posterior.</summary>
public sealed record VideoRecipe
{
    public required string Network { get; init; }
    public required string Stem { get; init; }
    public required double Dropout { get; init; }
    /// <summary>Whether the served network sees each face mirrored too, and answers by the mean: more exact, at twice the cost.</summary>
    public required bool Mirrored { get; init; }
    public required TrainingSpec Training { get; init; }

    /// <summary>The version of a video package whose weights the training starts from, under <c>--packages</c>; null to start from nothing.</summary>
    public string? Init { get; init; }

    /// <summary>What the network of <see cref="Init"/> teaches; null: the labels alone.</summary>
    public DistillationSpec? Distillation { get; init; }

    /// <summary>
    /// How pictures are shown, in order; small ones first cost a fraction of the time, and a short training ends best on pictures that
    /// are changed little. The last size is what the exported network reduces its crops to. Epochs sum to the training's.
    /// </summary>
    public required IReadOnlyList<PictureStage> Stages { get; init; }
    public required PictureAugmentationSpec Augmentation { get; init; }
    /// <summary>Of the pictures of a clip; larger ones are scaled down before a face is looked for.</summary>
    public required int LongestPictureSide { get; init; }
    public required FaceFrameSpec FaceFrame { get; init; }

    /// <summary>How the exported network looks at a crop: at the size of the last stage, mirrored too if the recipe says so.</summary>
    [JsonIgnore]
    public InputView View => new(Stages[^1].Size == FaceFrame.CropSize ? null : Stages[^1].Size, Mirrored);

    public PictureStage StageAt(int epoch)
    {
        foreach (var stage in Stages)
        {
            if (epoch < stage.Epochs)
            {
                return stage;
            }

            epoch -= stage.Epochs;
        }

        return Stages[^1];
    }
}

/// <summary>A network taught by the one it starts from, which has the same shape: Furlanello et al. 2018, Born-Again Neural Networks.</summary>
/// <param name="Share">
/// Of the target that is the teacher's posterior of the unchanged picture, the mean of it as it is and mirrored; the rest is the label. So a
/// network that sees a face once learns what two views of it would say.
/// </param>
public sealed record DistillationSpec(double Share);

/// <param name="Epochs">So many.</param>
/// <param name="Size">Side that pictures are shown at, in pixels.</param>
/// <param name="Strength">What the augmentation's numbers are multiplied with, but for flipping.</param>
public sealed record PictureStage(int Epochs, int Size, double Strength);

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

    public PictureAugmentationSpec Scaled(double strength) => this with
    {
        RotationDegrees = strength * RotationDegrees,
        Shift = strength * Shift,
        Zoom = strength * Zoom,
        Light = strength * Light,
        EraseProbability = strength * EraseProbability,
    };
}
