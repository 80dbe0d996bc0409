using Emotion.Training.Augmentation;
using Emotion.Training.Datasets;
using Emotion.Training.Networks;

namespace Emotion.Training.Onnx;

/// <summary>How a network looks at its input.</summary>
/// <param name="Side">A face crop is reduced to this side first, as in training; null to see it whole.</param>
/// <param name="Mirrored">It is seen as it is and mirrored left to right, and the embedding is the mean of both: twice the cost.</param>
public sealed record InputView(int? Side, bool Mirrored)
{
    public static InputView Plain { get; } = new(null, false);
}

/// <summary>
/// A trained <see cref="ResNet"/> as ONNX: <c>[batch, 1, height, width]</c> to logits, posterior and embedding. Batch norm is folded
/// into the convolution before it: weight * gamma / sqrt(variance + eps), bias = beta - mean * gamma / sqrt(variance + eps).
/// </summary>
public static class ResNetGraph
{
    /// <param name="network">As trained; only read.</param>
    /// <param name="input">Name of the input.</param>
    /// <param name="height">Of the input.</param>
    /// <param name="width">Of the input.</param>
    /// <param name="view">How the network looks at its input.</param>
    /// <param name="head">Temperature and covered labels.</param>
    /// <param name="front">Makes the picture out of the input; null where the input is the picture.</param>
    public static Proto.ModelProto Write(
        ResNet network, string input, int height, int width, InputView view, ClassifierHead head, Func<GraphBuilder, string, string>? front = null)
    {
        var graph = new GraphBuilder(nameof(ResNet));
        var x = graph.Input(input, Proto.TensorProto.Types.DataType.Float, "batch", "1", height.ToString(), width.ToString());
        x = front?.Invoke(graph, x) ?? x;
        x = view.Side is { } side ? Reduced(graph, x, side) : x;
        x = view.Mirrored ? WithMirrorImages(graph, x) : x;
        x = Relu(graph, Convolution(graph, "stem", x, network.Stem));
        if (network.Pools)
        {
            x = Pool(graph, "stem.pool", x);
        }

        for (var i = 0; i < network.Blocks.Count; i++)
        {
            x = Block(graph, $"block{i}", x, network.Blocks[i]);
        }

        var embedding = MeanOfPlaces(graph, x, view.Mirrored);
        graph.Output("embedding", "batch", ResNet.EmbeddingSize.ToString());
        head.Write(graph, embedding, network.Classifier);
        return graph.Build();
    }

    internal static string Reduced(GraphBuilder graph, string input, int side)
    {
        var rows = PictureAugmenter.Reduction(side);
        var columns = new float[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            columns[i % FacePicture.Side * side + i / FacePicture.Side] = rows[i];
        }

        var lower = graph.Node("MatMul", "reduced.rows", [graph.Constant("reduction.rows", rows, side, FacePicture.Side), input]);
        return graph.Node("MatMul", "reduced", [lower, graph.Constant("reduction.columns", columns, FacePicture.Side, side)]);
    }

    // [batch, ...] to [2 * batch, ...]: first as they are, then with their columns from the last to the first.
    internal static string WithMirrorImages(GraphBuilder graph, string input)
    {
        var mirrored = graph.Node("Slice", "mirrored",
        [
            input, graph.Constant("mirror.start", [-1L], 1), graph.Constant("mirror.end", [long.MinValue], 1),
            graph.Constant("mirror.axis", [3L], 1), graph.Constant("mirror.step", [-1L], 1),
        ]);
        return graph.Node("Concat", "both", [input, mirrored], ("axis", 0));
    }

    // [n, 512, height, width] to the embeddings [n, 512], or, where the second half are mirror images, [n / 2, 512].
    internal static string MeanOfPlaces(GraphBuilder graph, string input, bool mirrored)
    {
        var pooled = graph.Node("GlobalAveragePool", "pooled", [input]);
        if (!mirrored)
        {
            return graph.Node("Flatten", "embedding", [pooled], ("axis", 1));
        }

        var pairs = graph.Node("Reshape", "pairs", [pooled, graph.Constant("pairs.shape", [2L, -1L, ResNet.EmbeddingSize], 3)]);
        return graph.Node("ReduceMean", "embedding", [pairs], ("axes", new long[] { 0 }), ("keepdims", 0));
    }

    internal static string Block(GraphBuilder graph, string name, string input, BasicBlock block)
    {
        var shortcut = block.Shortcut is null ? input : Convolution(graph, name + ".shortcut", input, block.Shortcut);
        var inner = Relu(graph, Convolution(graph, name + ".first", input, block.First));
        return Relu(graph, graph.Node("Add", name + ".sum", [Convolution(graph, name + ".second", inner, block.Second), shortcut]));
    }

    internal static string Pool(GraphBuilder graph, string name, string input) => graph.Node(
        "MaxPool", name, [input], ("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 }));

    private static string Relu(GraphBuilder graph, string input) => graph.Node("Relu", input + ".relu", [input]);

    internal static string Convolution(GraphBuilder graph, string name, string input, ConvNorm layer)
    {
        var (weight, norm) = (layer.Convolution.weight.Values(), layer.Norm);
        var (gamma, beta, mean, variance) = (norm.weight!.Values(), norm.bias!.Values(), norm.running_mean.Values(), norm.running_var.Values());
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
        ], ("kernel_shape", kernel), ("strides", stride), ("pads", new[] { padding[0], padding[1], padding[0], padding[1] }));
    }
}
