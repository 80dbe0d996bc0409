using Emotion.Features;
using Emotion.Training.Networks;

namespace Emotion.Training.Onnx;

/// <summary>
/// A trained <see cref="TextNetwork"/> as ONNX: <c>pieces</c> <c>[batch, time]</c> int64 to <c>each</c> (probability of each label by
/// itself), logits, posterior and embedding.
/// </summary>
public static class TextGraph
{
    public static Proto.ModelProto Write(TextNetwork network, ClassifierHead head)
    {
        var graph = new GraphBuilder(nameof(TextNetwork));
        var pieces = graph.Input("pieces", Proto.TensorProto.Types.DataType.Int64, "batch", "time");
        var vectors = graph.Node("Gather", "vectors",
            [graph.Constant("vectors.weight", network.Vectors.weight.Values(), network.Spec.Pieces, network.Spec.Width), pieces]);
        var states = States(graph, network, vectors);
        var pooled = graph.Node("Concat", "pooled",
        [
            graph.Node("ReduceMean", "mean", [states], ("axes", new long[] { 1 }), ("keepdims", 0)),
            graph.Node("ReduceMax", "largest", [states], ("axes", new long[] { 1 }), ("keepdims", 0)),
        ], ("axis", 1));
        var embedding = graph.Node("Relu", "embedding", [graph.Linear("hidden", pooled, network.Hidden)]);
        graph.Output("embedding", "batch", network.Spec.Embedding.ToString());
        graph.Node("Sigmoid", "each", [graph.Linear("each_logits", embedding, network.Each)]);
        graph.Output("each", "batch", EmotionLabels.Count.ToString());
        head.Write(graph, embedding, network.One);
        return graph.Build();
    }

    // [batch, time, 2 x state]: forwards, then backwards.
    private static string States(GraphBuilder graph, TextNetwork network, string vectors)
    {
        var (width, state) = (network.Spec.Width, network.Spec.Recurrent);
        float[] Gates(string name) => [.. Of(name), .. Of(name + "_reverse")];
        float[] Of(string name) => SequenceGraph.GateOrder(network.Recurrent.ValuesOf(name));
        float[] Biases(string direction) => [.. Of("bias_ih_l0" + direction), .. Of("bias_hh_l0" + direction)];
        graph.Node("LSTM", ["steps", "", ""],
        [
            graph.Node("Transpose", "in_time", [vectors], ("perm", new long[] { 1, 0, 2 })),
            graph.Constant("recurrent.input", Gates("weight_ih_l0"), 2, 4 * state, width),
            graph.Constant("recurrent.state", Gates("weight_hh_l0"), 2, 4 * state, state),
            graph.Constant("recurrent.bias", [.. Biases(""), .. Biases("_reverse")], 2, 8 * state),
        ], ("hidden_size", state), ("direction", "bidirectional"));
        var turned = graph.Node("Transpose", "turned", ["steps"], ("perm", new long[] { 2, 0, 1, 3 }));
        return graph.Node("Reshape", "states", [turned, graph.Constant("states.shape", [0L, 0L, 2L * state], 3)]);
    }
}
