using Emotion.Training.Networks;
using Emotion.Training.Onnx;
using TorchSharp;
using static TorchSharp.torch;
using Proto = global::Onnx;

namespace Emotion.Training.Tests;

/// <summary>What the tests of parity share: the bound, random weights that hide nothing, a graph of one layer.</summary>
internal static class Parity
{
    private const float Tolerance = 1e-4f;

    // Fresh networks have batch norms of mean 0 and variance 1 and zero residuals, which would hide a wrong fold.
    public static void Unsettle(nn.Module module)
    {
        using var _ = no_grad();
        foreach (var (name, buffer) in module.named_buffers())
        {
            if (name.Contains("mean", StringComparison.Ordinal))
            {
                buffer.normal_(0, 0.3);
            }
            else if (name.Contains("var", StringComparison.Ordinal) || name.Contains("scale", StringComparison.Ordinal))
            {
                buffer.uniform_(0.5, 2);
            }
        }

        foreach (var (name, parameter) in module.named_parameters())
        {
            if (name.Contains("norm", StringComparison.Ordinal) || name.Contains("absent", StringComparison.Ordinal) || name.Contains("classifier", StringComparison.Ordinal))
            {
                parameter.normal_(0.1, 0.2);
            }
        }
    }

    /// <summary>
    /// Unsettled weights whose norms then follow their inputs, as in training, so that in a deep network too the input decides the output.
    /// </summary>
    public static void Settle(PictureNetwork network, int height, int width)
    {
        const int Batches = 12;
        Unsettle(network);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var (name, parameter) in network.named_parameters())
        {
            if (name.EndsWith("norm.weight", StringComparison.Ordinal))
            {
                parameter.uniform_(0.5, 1.5);
            }
        }

        var bound = 1 / Math.Sqrt(network.EmbeddingSize);
        network.Classifier.weight.uniform_(-bound, bound);
        network.train();
        for (var batch = 0; batch < Batches; batch++)
        {
            network.call(randn(4, network.InputChannels, height, width));
        }

        network.eval();
    }

    /// <summary>Holds what <paramref name="layer"/> writes over the inputs, run in ONNX Runtime, against libtorch's result.</summary>
    public static void Same(Tensor expected, IReadOnlyList<(string Name, Tensor Value)> inputs, Func<GraphBuilder, string> layer)
    {
        var graph = new GraphBuilder("layer");
        foreach (var (name, value) in inputs)
        {
            graph.Input(name, IsInteger(value) ? Proto.TensorProto.Types.DataType.Int32 : Proto.TensorProto.Types.DataType.Float, Shape(value));
        }

        var output = layer(graph);
        graph.Output(output, Shape(expected));
        using var runner = new GraphRunner(graph.Build(), threads: 1);
        var values = inputs.Select(input => (
            input.Name, IsInteger(input.Value) ? (Array)input.Value.data<int>().ToArray() : Values(input.Value), input.Value.shape)).ToList();
        Close(Values(expected), runner.Run(values, output)[0]);
    }

    public static float[] Values(Tensor tensor) => tensor.contiguous().data<float>().ToArray();

    public static void Close(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.InRange(actual[i], expected[i] - Tolerance, expected[i] + Tolerance);
        }
    }

    private static bool IsInteger(Tensor tensor) => tensor.dtype == ScalarType.Int32;

    private static string[] Shape(Tensor tensor) => [.. tensor.shape.Select(side => side.ToString())];
}
