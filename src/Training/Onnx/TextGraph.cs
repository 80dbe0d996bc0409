using Emotion.Features;
using Emotion.Training.Networks;
using TorchSharp;

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
        // What is given is the same for all readers, and looked up once.
        var given = network.Sequences is [{ Given: { } table }, ..]
            ? graph.Node("Gather", "given", [graph.Constant("given.weight", table.Values(), table.shape), pieces])
            : null;
        List<string> branches = [.. network.Sequences.Select((sequence, reader) => Sequence(graph, $"sequence_{reader}", sequence, network.Spec, pieces, given))];
        if (network.Bag is { } bag)
        {
            branches.Add(Bag(graph, bag, network.Spec, pieces));
        }

        var embedding = graph.Node("Concat", "embedding", branches, ("axis", 1));
        graph.Output("embedding", "batch", network.EmbeddingLength.ToString());
        using var each = network.Joined(heads => heads.Each);
        using var one = network.Joined(heads => heads.One);
        graph.Node("Sigmoid", "each", [graph.Linear("each_logits", embedding, each)]);
        graph.Output("each", "batch", EmotionLabels.Count.ToString());
        head.Write(graph, embedding, one);
        return graph.Build();
    }

    private static string Sequence(GraphBuilder graph, string name, TextSequence sequence, TextNetworkSpec spec, string pieces, string? given)
    {
        using var scope = torch.NewDisposeScope();
        var learned = graph.Node("Gather", name + ".learned", [graph.Constant(name + ".learned.weight", sequence.Vectors.weight.Values(), sequence.Vectors.weight.shape), pieces]);
        var vectors = given is null ? learned : graph.Node("Concat", name + ".vectors", [given, learned], ("axis", 2));
        return graph.Node("Relu", name, [graph.Linear(name + ".hidden", Pooled(graph, name, States(graph, name, sequence, spec, vectors)), sequence.Hidden)]);
    }

    // [batch, time, 2 x state]: forwards, then backwards.
    private static string States(GraphBuilder graph, string name, TextSequence sequence, TextNetworkSpec spec, string vectors)
    {
        var (width, state) = (spec.Given + spec.Width, spec.Recurrent);
        float[] Gates(string weights) => [.. Of(weights), .. Of(weights + "_reverse")];
        float[] Of(string weights) => SequenceGraph.GateOrder(sequence.Recurrent.ValuesOf(weights));
        float[] Biases(string direction) => [.. Of("bias_ih_l0" + direction), .. Of("bias_hh_l0" + direction)];
        graph.Node("LSTM", [name + ".steps", "", ""],
        [
            graph.Node("Transpose", name + ".in_time", [vectors], ("perm", new long[] { 1, 0, 2 })),
            graph.Constant(name + ".recurrent.input", Gates("weight_ih_l0"), 2, 4 * state, width),
            graph.Constant(name + ".recurrent.state", Gates("weight_hh_l0"), 2, 4 * state, state),
            graph.Constant(name + ".recurrent.bias", [.. Biases(""), .. Biases("_reverse")], 2, 8 * state),
        ], ("hidden_size", state), ("direction", "bidirectional"));
        var turned = graph.Node("Transpose", name + ".turned", [name + ".steps"], ("perm", new long[] { 2, 0, 1, 3 }));
        return graph.Node("Reshape", name + ".states", [turned, graph.Constant(name + ".states.shape", [0L, 0L, 2L * state], 3)]);
    }

    private static string Bag(GraphBuilder graph, TextBag bag, TextNetworkSpec spec, string pieces)
    {
        var longer = graph.Node("Pad", "bag.padded", [pieces, graph.Constant("bag.pads", [0L, 0, 0, 1], 4)]);
        var next = graph.Node("Slice", "bag.next",
            [longer, graph.Constant("bag.from", [1L], 1), graph.Constant("bag.to", [long.MaxValue], 1), graph.Constant("bag.axis", [1L], 1)]);
        var rows = graph.Node("Mod", "bag.rows",
        [
            graph.Node("Add", "bag.sum",
            [
                graph.Node("Mul", "bag.left", [pieces, graph.Constant("bag.left.factor", [TextBag.Left], 1)]),
                graph.Node("Mul", "bag.right", [next, graph.Constant("bag.right.factor", [TextBag.Right], 1)]),
            ]),
            graph.Constant("bag.pairs.count", [(long)spec.Pairs], 1),
        ]);
        string Rows(string name, TorchSharp.Modules.Embedding table, string numbers) =>
            graph.Node("Gather", name, [graph.Constant(name + ".weight", table.weight.Values(), table.weight.shape), numbers]);
        return Pooled(graph, "bag", graph.Node("Add", "bag.here", [Rows("bag.vectors", bag.Vectors, pieces), Rows("bag.pairs", bag.Pairs, rows)]));
    }

    private static string Pooled(GraphBuilder graph, string name, string steps) => graph.Node("Concat", name + ".pooled",
    [
        graph.Node("ReduceMean", name + ".mean", [steps], ("axes", new long[] { 1 }), ("keepdims", 0)),
        graph.Node("ReduceMax", name + ".largest", [steps], ("axes", new long[] { 1 }), ("keepdims", 0)),
    ], ("axis", 1));
}
