using Emotion.Training.Networks;

namespace Emotion.Training.Onnx;

/// <summary>
/// A trained <see cref="SequenceNetwork"/> as ONNX: <c>frames</c> <c>[batch, time, input]</c> and <c>lengths</c> <c>[batch]</c> int32
/// to logits, posterior and embedding, the state after the last face frame of each sequence.
/// </summary>
public static class SequenceGraph
{
    public static Proto.ModelProto Write(SequenceNetwork network, ClassifierHead head)
    {
        var (input, hidden) = (network.Spec.Input, network.Spec.Hidden);
        var graph = new GraphBuilder(nameof(SequenceNetwork));
        var frames = graph.Input("frames", Proto.TensorProto.Types.DataType.Float, "batch", "time", input.ToString());
        var lengths = graph.Input("lengths", Proto.TensorProto.Types.DataType.Int32, "batch");
        var last = Recurrent(graph, network, frames, lengths);
        var embedding = graph.Node("Squeeze", "embedding", [last, graph.Constant("directions", [0L], 1)]);
        graph.Output("embedding", "batch", hidden.ToString());
        head.Write(graph, embedding, network.Classifier);
        return graph.Build();
    }

    // The state after each sequence's last frame, [1, batch, hidden].
    internal static string Recurrent(GraphBuilder graph, SequenceNetwork network, string frames, string lengths)
    {
        var (input, hidden, recurrent) = (network.Spec.Input, network.Spec.Hidden, network.Recurrent);
        var bias = GateOrder(recurrent.ValuesOf("bias_ih_l0")).Concat(GateOrder(recurrent.ValuesOf("bias_hh_l0"))).ToArray();
        graph.Node("LSTM", ["", "last", ""],
        [
            graph.Node("Transpose", "in_time", [frames], ("perm", new long[] { 1, 0, 2 })),
            graph.Constant("recurrent.input", GateOrder(recurrent.ValuesOf("weight_ih_l0")), 1, 4 * hidden, input),
            graph.Constant("recurrent.state", GateOrder(recurrent.ValuesOf("weight_hh_l0")), 1, 4 * hidden, hidden),
            graph.Constant("recurrent.bias", bias, 1, 8 * hidden),
            lengths,
        ], ("hidden_size", hidden));
        return "last";
    }

    // libtorch has the gates input, forget, cell, output; ONNX input, output, forget, cell.
    internal static float[] GateOrder(float[] rows)
    {
        var gate = rows.Length / 4;
        return [.. rows[..gate], .. rows[(3 * gate)..], .. rows[gate..(2 * gate)], .. rows[(2 * gate)..(3 * gate)]];
    }

    /// <summary>The way back.</summary>
    internal static float[] TorchOrder(float[] rows)
    {
        var gate = rows.Length / 4;
        return [.. rows[..gate], .. rows[(2 * gate)..(3 * gate)], .. rows[(3 * gate)..], .. rows[gate..(2 * gate)]];
    }
}
