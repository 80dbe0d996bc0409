namespace Emotion.Training.Onnx.Quantization;

/// <summary>What of a graph becomes integers.</summary>
public sealed record QuantizationSpec
{
    /// <summary>
    /// 7 keeps the sum of two products within 16 bits, where processors with AVX2 but without VNNI saturate: so all processors
    /// give the same. 8 is more exact where VNNI is certain.
    /// </summary>
    public required int WeightBits { get; init; }

    /// <summary>The first convolution stays float: it has few weights, and sees the input as it is.</summary>
    public required bool KeepFirstConvolution { get; init; }

    /// <summary>
    /// Linear layers with fewer weights stay float: the last ones save nothing, and nothing after them averages their errors out. A wide one that reads a
    /// second branch is worth the integers.
    /// </summary>
    public required int LinearWeightsFrom { get; init; }

    public static QuantizationSpec Default { get; } = new() { WeightBits = 7, KeepFirstConvolution = true, LinearWeightsFrom = 100_000 };

    /// <summary>Weights become integers from minus this to this.</summary>
    internal int WeightLevels => WeightBits switch
    {
        8 => 127,
        7 => 64,
        _ => throw new ArgumentException($"Weights have 7 or 8 bits, not {WeightBits}."),
    };
}
