using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Emotion.Training.Onnx;

/// <summary>Weights out of libtorch, row-major.</summary>
internal static class NetworkValues
{
    public static float[] Values(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return tensor.detach().to(ScalarType.Float32).data<float>().ToArray();
    }

    public static float[] ValuesOf(this nn.Module module, string parameter) =>
        module.named_parameters().Single(pair => pair.name == parameter).parameter.Values();

    /// <summary>A linear layer as ONNX's Gemm.</summary>
    public static string Linear(this GraphBuilder graph, string name, string input, Linear layer) =>
        graph.Node("Gemm", name,
        [
            input,
            graph.Constant(name + ".weight", layer.weight.Values(), layer.weight.shape),
            graph.Constant(name + ".bias", layer.bias!.Values(), layer.bias!.shape),
        ], ("transB", 1));
}
