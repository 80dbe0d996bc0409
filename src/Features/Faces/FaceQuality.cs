namespace Emotion.Features.Faces;

/// <summary>Why a face frame gets no answer.</summary>
public enum FaceAbstention
{
    None,
    TooSmall,
    TooDark,
    TooBlurred,
}

/// <summary>How well a face can be seen.</summary>
/// <param name="Brightness">Mean gray of the crop before it is equalised, 0 to 1.</param>
/// <param name="Sharpness">Variance over the crop of the Laplacian (4 neighbours) of gray 0 to 1, equalised or not as the tensor is: near 0 for a blur.</param>
/// <param name="Yaw">
/// Pose proxies, from the landmarks after alignment, in distances between the eyes: how far the nose is to the right of where the
/// template has it, and how far below. 0 for a face that looks straight ahead.
/// </param>
/// <param name="Pitch">See <paramref name="Yaw"/>.</param>
public readonly record struct FaceQuality(
    float Brightness, float Sharpness, float Yaw, float Pitch, FaceAbstention Abstention);
