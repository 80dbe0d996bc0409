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
/// <param name="Size">Side of the square in the picture that the crop was cut from, in pixels: about twice the distance between the eyes.</param>
/// <param name="Brightness">Mean gray of the crop before it is equalised, 0 to 1.</param>
/// <param name="Sharpness">Variance over the crop of the Laplacian (4 neighbours) of gray 0 to 1, equalised or not as the tensor is: near 0 for a blur.</param>
/// <param name="Pose">Where the head looks; zero for a crop without landmarks.</param>
/// <param name="Abstention">Why it is not read.</param>
public readonly record struct FaceQuality(float Size, float Brightness, float Sharpness, FacePose Pose, FaceAbstention Abstention);
