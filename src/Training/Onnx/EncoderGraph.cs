namespace Emotion.Training.Onnx;

/// <summary>
/// The encoder of Moonshine tiny with a pooling behind it: <c>input_values [batch, samples]</c>, 16 kHz mono of full scale 1, to
/// <c>pooled [batch, layers * 576]</c>, of each chosen layer the mean over time (288 numbers), then the deviation over time.
/// </summary>
public static class EncoderGraph
{
    public const int Width = 288;

    /// <summary>The layer behind the last, with its normalisation: what the encoder gives. Layer 0 is what the convolutions give.</summary>
    public const int Last = 7;

    public static string FileName { get; } = Path.Combine("@moonshine-ai", "moonshine-js", "dist", "model", "tiny", "quantized", "encoder_model.onnx");

    /// <summary>The graph of npm <c>@moonshine-ai/moonshine-js</c>, int8, without what lies behind the highest of the layers.</summary>
    public static Proto.ModelProto Pooled(Proto.ModelProto encoder, IReadOnlyList<int> layers)
    {
        var model = encoder.Clone();
        var pooling = new GraphBuilder("pooling");
        var parts = layers.SelectMany(layer => Pool(pooling, NameOf(layer), $"pooled_{layer}")).ToList();
        pooling.Node("Concat", "pooled", parts, ("axis", 1L));
        pooling.Output("pooled", "batch_size", $"{layers.Count * 2 * Width}");
        var added = pooling.Build().Graph;
        model.Graph.Node.Add(added.Node);
        model.Graph.Output.Clear();
        model.Graph.Output.Add(added.Output);
        Prune(model.Graph);
        return model;
    }

    // Leaves what the outputs need; nodes are in the order in which they run.
    private static void Prune(Proto.GraphProto graph)
    {
        var needed = graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        var kept = new List<Proto.NodeProto>();
        foreach (var node in graph.Node.Reverse().Where(node => node.Output.Any(needed.Contains)))
        {
            kept.Add(node);
            needed.UnionWith(node.Input);
        }

        kept.Reverse();
        var initializers = graph.Initializer.Where(tensor => needed.Contains(tensor.Name)).ToList();
        graph.Node.Clear();
        graph.Node.Add(kept);
        graph.Initializer.Clear();
        graph.Initializer.Add(initializers);
        graph.ValueInfo.Clear();
    }

    // Variance as the mean of squared differences; ReduceMean with its axes as an attribute, as opset 14 has it.
    private static string[] Pool(GraphBuilder graph, string layer, string name)
    {
        long[] time = [1];
        graph.Node("ReduceMean", $"{name}_mean", [layer], ("axes", time), ("keepdims", 0L));
        graph.Node("ReduceMean", $"{name}_center", [layer], ("axes", time), ("keepdims", 1L));
        graph.Node("Sub", $"{name}_difference", [layer, $"{name}_center"]);
        graph.Node("Mul", $"{name}_squares", [$"{name}_difference", $"{name}_difference"]);
        graph.Node("ReduceMean", $"{name}_variance", [$"{name}_squares"], ("axes", time), ("keepdims", 0L));
        graph.Node("Sqrt", $"{name}_deviation", [$"{name}_variance"]);
        return [$"{name}_mean", $"{name}_deviation"];
    }

    private static string NameOf(int layer) => layer switch
    {
        0 => "/Transpose_output_0",
        Last => "last_hidden_state",
        > 0 and < Last => $"/layers.{layer - 1}/Add_1_output_0",
        _ => throw new ArgumentOutOfRangeException(nameof(layer), layer, $"The encoder has layers 0 to {Last}."),
    };
}
