using Emotion.Training.Networks;

namespace Emotion.Training.Onnx;

/// <summary>The layers that all families of picture networks share.</summary>
internal static class ConvolutionLayers
{
    /// <summary>
    /// Batch norm folded into the convolution before it: weight * gamma / sqrt(variance + eps),
    /// bias = beta - mean * gamma / sqrt(variance + eps).
    /// </summary>
    public static string Convolution(this GraphBuilder graph, string name, string input, ConvNorm layer)
    {
        var (weight, norm) = (layer.Convolution.weight.Values(), layer.Norm);
        var (gamma, beta) = (norm.weight!.Values(), norm.bias!.Values());
        var (mean, variance) = (norm.running_mean.Values(), norm.running_var.Values());
        var width = weight.Length / gamma.Length;
        for (var channel = 0; channel < gamma.Length; channel++)
        {
            var scale = gamma[channel] / Math.Sqrt(variance[channel] + norm.eps);
            beta[channel] -= (float)(mean[channel] * scale);
            foreach (ref var value in weight.AsSpan(channel * width, width))
            {
                value = (float)(value * scale);
            }
        }

        var (kernel, stride, padding) = (layer.Convolution.kernel_size, layer.Convolution.stride, layer.Convolution.padding);
        return graph.Node("Conv", name,
        [
            input,
            graph.Constant(name + ".weight", weight, layer.Convolution.weight.shape),
            graph.Constant(name + ".bias", beta, gamma.Length),
        ],
        ("kernel_shape", kernel), ("strides", stride), ("pads", new[] { padding[0], padding[1], padding[0], padding[1] }),
        ("group", layer.Convolution.groups));
    }

    public static string ConvolutionRelu(this GraphBuilder graph, string name, string input, ConvNorm layer) =>
        graph.Relu(graph.Convolution(name, input, layer));

    public static string Relu(this GraphBuilder graph, string input) => graph.Node("Relu", input + ".relu", [input]);

    /// <summary><see cref="PictureNetwork.Halved"/>.</summary>
    public static string Halved(this GraphBuilder graph, string name, string input) => graph.MaxPool(name, input, kernel: 3, padding: 1);

    /// <summary>A maximum of stride 2.</summary>
    public static string MaxPool(this GraphBuilder graph, string name, string input, long kernel, long padding) => graph.Node(
        "MaxPool", name, [input], ("kernel_shape", new[] { kernel, kernel }), ("strides", new long[] { 2, 2 }),
        ("pads", new[] { padding, padding, padding, padding }));
}
