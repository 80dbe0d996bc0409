using System.Numerics.Tensors;

namespace Emotion.Training.Onnx.Quantization;

/// <summary>
/// Weights <c>[outputs, ...]</c> as 8-bit integers times one scale per output; biases as 32-bit integers times input scale times weight
/// scale.
/// </summary>
internal sealed record ChannelWeights(sbyte[] Weights, float[] Scales, int[] Biases, float[] BiasScales)
{
    /// <summary>A bias may be so many steps: half of what 32 bits hold, the rest is for the sum of products.</summary>
    private const double LargestBias = 1 << 30;

    /// <param name="weights">Row-major, outputs first.</param>
    /// <param name="biases">One per output.</param>
    /// <param name="inputScale">Of the values that the weights are multiplied with.</param>
    /// <param name="levels">Weights become integers from minus this to this.</param>
    public static ChannelWeights Of(ReadOnlySpan<float> weights, ReadOnlySpan<float> biases, float inputScale, int levels)
    {
        var (outputs, width) = (biases.Length, weights.Length / biases.Length);
        var result = new ChannelWeights(new sbyte[weights.Length], new float[outputs], new int[outputs], new float[outputs]);
        for (var output = 0; output < outputs; output++)
        {
            var row = weights.Slice(output * width, width);
            var scale = Scale(row, biases[output], inputScale, levels);
            result.Scales[output] = scale;
            result.BiasScales[output] = inputScale * scale;
            result.Biases[output] = (int)Math.Round(biases[output] / ((double)inputScale * scale));
            for (var i = 0; i < width; i++)
            {
                result.Weights[(output * width) + i] = (sbyte)Math.Clamp(Math.Round(row[i] / (double)scale, MidpointRounding.ToEven), -levels, levels);
            }
        }

        return result;
    }

    // The largest weight is the largest integer, but for an output that is nearly its bias alone: then the bias must fit.
    private static float Scale(ReadOnlySpan<float> row, float bias, float inputScale, int levels)
    {
        var largest = Math.Abs((double)TensorPrimitives.MaxMagnitude(row));
        var scale = (float)Math.Max(largest / levels, Math.Abs(bias) / (inputScale * LargestBias));
        return scale > 0 ? scale : 1;
    }
}
