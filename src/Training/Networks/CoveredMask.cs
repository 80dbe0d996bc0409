using TorchSharp;
using static TorchSharp.torch;

namespace Emotion.Training.Networks;

/// <summary>
/// Added to logits, it takes labels that a corpus does not have out of the softmax: their posterior is 0 in single precision, and no
/// gradient comes from them.
/// </summary>
public static class CoveredMask
{
    public const float Uncovered = -1e4f;

    public static float[] Values(bool[] covered) => Array.ConvertAll(covered, there => there ? 0f : Uncovered);

    public static Tensor Of(bool[] covered) => tensor(Values(covered));
}

/// <summary>The recipe's words for number formats.</summary>
public static class Precision
{
    public static ScalarType Of(string name) => name switch
    {
        "float32" => ScalarType.Float32,
        "bfloat16" => ScalarType.BFloat16,
        _ => throw new ArgumentException($"'{name}' is no precision: say float32 or bfloat16."),
    };
}
