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
/// A trained <see cref="PictureNetwork"/> as ONNX: <c>[batch, channels, height, width]</c> to logits, posterior and embedding, batch
/// norm folded into the convolutions.
/// </summary>
public static class PictureGraph
{
    /// <param name="network">As trained; only read.</param>
    /// <param name="input">Name of the input.</param>
    /// <param name="height">Of the input.</param>
    /// <param name="width">Of the input.</param>
    /// <param name="view">How the network looks at its input.</param>
    /// <param name="head">Temperature and covered labels.</param>
    /// <param name="front">Makes the picture out of an input of one channel; null where the input is the picture.</param>
    public static Proto.ModelProto Write(
        PictureNetwork network, string input, int height, int width, InputView view, ClassifierHead head,
        Func<GraphBuilder, string, string>? front = null)
    {
        var graph = new GraphBuilder(network.GetName());
        var channels = front is null ? network.InputChannels : 1;
        var x = graph.Input(input, Proto.TensorProto.Types.DataType.Float, "batch", channels.ToString(), height.ToString(), width.ToString());
        x = front?.Invoke(graph, x) ?? x;
        x = view.Side is { } side ? Reduced(graph, x, side) : x;
        x = view.Mirrored ? WithMirrorImages(graph, x) : x;
        var embedding = MeanOfPlaces(graph, Features(graph, x, network), network.EmbeddingSize, view.Mirrored);
        graph.Output("embedding", "batch", network.EmbeddingSize.ToString());
        head.Write(graph, embedding, network.Classifier);
        return graph.Build();
    }

    private static string Features(GraphBuilder graph, string input, PictureNetwork network) => network switch
    {
        ResNet resNet => ResNetGraph.Features(graph, input, resNet),
        Vgg16 vgg => Vgg16Graph.Features(graph, input, vgg),
        SqueezeNet squeezeNet => SqueezeNetGraph.Features(graph, input, squeezeNet),
        _ => throw new ArgumentException($"There is no writer of {network.GetName()} as a graph."),
    };

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

    // [n, size, height, width] to the embeddings [n, size], or, where the second half are mirror images, [n / 2, size].
    internal static string MeanOfPlaces(GraphBuilder graph, string input, int size, bool mirrored)
    {
        var pooled = graph.Node("GlobalAveragePool", "pooled", [input]);
        if (!mirrored)
        {
            return graph.Node("Flatten", "embedding", [pooled], ("axis", 1));
        }

        var pairs = graph.Node("Reshape", "pairs", [pooled, graph.Constant("pairs.shape", [2L, -1L, size], 3)]);
        return graph.Node("ReduceMean", "embedding", [pairs], ("axes", new long[] { 0 }), ("keepdims", 0));
    }
}
