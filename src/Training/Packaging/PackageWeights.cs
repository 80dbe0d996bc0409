using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Emotion.Training.Networks;
using Emotion.Training.Onnx.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion.Training.Packaging;

/// <summary>
/// A published graph's weights as the start of a training. There batch norm is folded into the convolution before it, so each
/// layer takes the folded weight and finds its own statistics again from example pictures: the network computes what the graph does,
/// and its norms are as those of a network under training.
/// </summary>
public static partial class PackageWeights
{
    /// <param name="network">Of the graph's shape.</param>
    /// <param name="graph">As the exporter wrote it, with 32-bit or 16-bit weights, or in 8-bit integers.</param>
    /// <param name="examples"><c>[count, channels, height, width]</c>: some hundreds, as training shows them.</param>
    /// <exception cref="ArgumentException">The graph lacks a layer of the network, or its shape is another.</exception>
    public static void Adopt(ResNet network, Proto.ModelProto graph, Tensor examples)
    {
        var constants = graph.Graph.Initializer.ToDictionary(constant => constant.Name);
        float[] Of(string name, long count)
        {
            var values = Values(constants, name) ?? throw new ArgumentException($"The package's graph has no '{name}': it is of another network.");
            return values.Length == count ? values : throw new ArgumentException($"'{name}' has {values.Length} numbers in the package and {count} here.");
        }

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var (name, module) in network.named_modules())
        {
            if (module is ConvNorm layer)
            {
                var published = BlockName().Replace(name, "block$1.");
                layer.Adopt(
                    tensor(Of(published + ".weight", layer.Convolution.weight.numel()), layer.Convolution.weight.shape),
                    tensor(Of(published + ".bias", layer.Norm.weight!.numel()), layer.Norm.weight!.shape));
            }
        }

        var classifier = network.Classifier;
        classifier.weight.copy_(tensor(Of("classifier.weight", classifier.weight.numel()), classifier.weight.shape));
        classifier.bias!.copy_(tensor(Of("classifier.bias", classifier.bias!.numel()), classifier.bias!.shape));
        network.eval();
        network.call(examples);
        network.train();
    }

    /// <summary>A constant as floats, however it is stored; null where there is none of that name.</summary>
    public static float[]? Constant(Proto.ModelProto graph, string name) => Values(graph.Graph.Initializer.ToDictionary(constant => constant.Name), name);

    // Floats, halves, or integers times a scale for each output, whatever the exporter stored.
    private static float[]? Values(Dictionary<string, Proto.TensorProto> constants, string name)
    {
        if (constants.TryGetValue(name, out var whole))
        {
            return MemoryMarshal.Cast<byte, float>(whole.RawData.Span).ToArray();
        }

        if (constants.TryGetValue(name + ".half", out var half))
        {
            return Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(half.RawData.Span).ToArray(), value => (float)value);
        }

        return constants.TryGetValue(name + QuantizedGraphWriter.Integers, out var integers)
            ? Dequantised(integers, MemoryMarshal.Cast<byte, float>(constants[name + QuantizedGraphWriter.Scale].RawData.Span))
            : null;
    }

    private static float[] Dequantised(Proto.TensorProto integers, ReadOnlySpan<float> scales)
    {
        var values = integers.DataType == (int)Proto.TensorProto.Types.DataType.Int8
            ? Array.ConvertAll(MemoryMarshal.Cast<byte, sbyte>(integers.RawData.Span).ToArray(), value => (float)value)
            : Array.ConvertAll(MemoryMarshal.Cast<byte, int>(integers.RawData.Span).ToArray(), value => (float)value);
        var width = values.Length / scales.Length;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] *= scales[i / width];
        }

        return values;
    }

    [GeneratedRegex(@"^blocks\.(\d+)\.")]
    private static partial Regex BlockName();
}
