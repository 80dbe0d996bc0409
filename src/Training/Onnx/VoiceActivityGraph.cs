using System.Runtime.InteropServices;

namespace Emotion.Training.Onnx;

/// <summary>
/// Silero's voice activity model at 16 kHz, written anew for whole stretches of sound: npm carries a graph that takes one chunk a run and
/// holds the model twice, for 8 kHz too. Here all chunks of a stretch go through the convolutions as a batch and through the LSTM as a
/// sequence, in one run, with the same weights and the same numbers:
/// <code>
/// chunks [n, 576], each 64 samples of what came before and 512 new ones; state [2, 1, 128], hidden and cell, zeros at the beginning
///   -> mirrored by 64 at the end -> spectrum by convolution (256 taps, every 128, 129 lines) -> magnitude
///   -> four convolutions of 3 (strides 1 2 2 1) with ReLU -> LSTM of 128 -> ReLU -> linear -> sigmoid
/// speech [n]: probability that a chunk is speech; next_state [2, 1, 128]
/// </code>
/// </summary>
public static class VoiceActivityGraph
{
    private const long Lines = 129;
    private const int Hidden = 128;
    private static readonly long[] Strides = [1, 2, 2, 1];

    public static string FileName { get; } = Path.Combine("@ricky0123", "vad-web", "dist", "silero_vad_v5.onnx");

    /// <param name="silero">Version 5 or 6 of the model, as npm <c>@ricky0123/vad-web</c> carries it.</param>
    public static Proto.ModelProto Of(Proto.ModelProto silero)
    {
        var weights = Weights(silero);
        var graph = new GraphBuilder("voice-activity");
        graph.Input("chunks", Proto.TensorProto.Types.DataType.Float, "chunks", "576");
        graph.Input("state", Proto.TensorProto.Types.DataType.Float, "2", "1", $"{Hidden}");
        var encoded = Convolutions(graph, Magnitude(graph, weights), weights);
        Decode(graph, encoded, weights);
        graph.Output("speech", "chunks");
        graph.Output("next_state", "2", "1", $"{Hidden}");
        return graph.Build();
    }

    private static string Magnitude(GraphBuilder graph, Dictionary<string, Proto.TensorProto> weights)
    {
        graph.Node("Pad", "mirrored", ["chunks", graph.Constant("margins", [0L, 0, 0, 64], 4)], ("mode", "reflect"));
        graph.Node("Unsqueeze", "signal", ["mirrored", graph.Constant("axis1", [1L], 1)]);
        graph.Node("Conv", "spectrum", ["signal", Take(graph, weights, "stft.forward_basis_buffer")], ("strides", new long[] { 128 }));
        graph.Node("Mul", "squares", ["spectrum", "spectrum"]);
        graph.Node("Split", ["real", "imaginary"], ["squares", graph.Constant("halves", [Lines, Lines], 2)], ("axis", 1L));
        graph.Node("Add", "power", ["real", "imaginary"]);
        return graph.Node("Sqrt", "magnitude", ["power"]);
    }

    private static string Convolutions(GraphBuilder graph, string values, Dictionary<string, Proto.TensorProto> weights)
    {
        for (var i = 0; i < Strides.Length; i++)
        {
            var name = $"encoder.{i}.reparam_conv";
            graph.Node("Conv", $"conv{i}", [values, Take(graph, weights, name + ".weight"), Take(graph, weights, name + ".bias")],
                ("strides", new[] { Strides[i] }), ("pads", new long[] { 1, 1 }));
            values = graph.Node("Relu", $"relu{i}", [$"conv{i}"]);
        }

        return values;
    }

    // values: [chunks, 128, 1]; the LSTM wants [sequence, batch, width], with the chunks as its sequence.
    private static void Decode(GraphBuilder graph, string values, Dictionary<string, Proto.TensorProto> weights)
    {
        graph.Node("Transpose", "sequence", [values], ("perm", new long[] { 0, 2, 1 }));
        graph.Node("Split", ["hidden", "cell"], ["state", graph.Constant("ones", [1L, 1], 2)], ("axis", 0L));
        graph.Node("LSTM", ["outputs", "last_hidden", "last_cell"],
            [
                "sequence",
                graph.Constant("input_weights", Gates(weights["decoder.rnn.weight_ih"]), 1, 4 * Hidden, Hidden),
                graph.Constant("state_weights", Gates(weights["decoder.rnn.weight_hh"]), 1, 4 * Hidden, Hidden),
                graph.Constant("gate_biases", [.. Gates(weights["decoder.rnn.bias_ih"]), .. Gates(weights["decoder.rnn.bias_hh"])], 1, 8 * Hidden),
                "", "hidden", "cell",
            ],
            ("hidden_size", (long)Hidden));
        graph.Node("Concat", "next_state", ["last_hidden", "last_cell"], ("axis", 0L));
        graph.Node("Reshape", "rows", ["outputs", graph.Constant("row_shape", [-1L, Hidden], 2)]);
        graph.Node("Relu", "positive", ["rows"]);
        graph.Constant("linear", Floats(weights["decoder.decoder.2.weight"]), Hidden, 1);
        graph.Node("MatMul", "product", ["positive", "linear"]);
        graph.Node("Add", "logit", ["product", Take(graph, weights, "decoder.decoder.2.bias")]);
        graph.Node("Sigmoid", "column", ["logit"]);
        graph.Node("Squeeze", "speech", ["column", "axis1"]);
    }

    // The branch of the outermost "If" that is taken at 16 kHz; its constants are named PREFIX__ and the name in the network.
    private static Dictionary<string, Proto.TensorProto> Weights(Proto.ModelProto silero)
    {
        var branch = silero.Graph.Node.Single(node => node.OpType == "If").Attribute.Single(attribute => attribute.Name == "then_branch").G;
        return branch.Node.Where(node => node.OpType == "Constant" && !node.Output[0].Contains('/')).ToDictionary(
            node => node.Output[0][(node.Output[0].LastIndexOf("__", StringComparison.Ordinal) + 2)..],
            node => node.Attribute.Single(attribute => attribute.Name == "value").T,
            StringComparer.Ordinal);
    }

    private static string Take(GraphBuilder graph, Dictionary<string, Proto.TensorProto> weights, string name) =>
        graph.Constant(name, Floats(weights[name]), [.. weights[name].Dims]);

    private static float[] Gates(Proto.TensorProto tensor) => SequenceGraph.GateOrder(Floats(tensor));

    private static float[] Floats(Proto.TensorProto tensor) =>
        tensor.RawData.IsEmpty ? [.. tensor.FloatData] : MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray();
}
