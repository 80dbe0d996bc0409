namespace Emotion.Training.Onnx.Quantization;

/// <summary>Writes a graph anew as its plan says. A value x that is stored as integers becomes <c>x.q</c>, and is read as <c>x.dq</c>.</summary>
internal sealed class QuantizedGraphWriter(
    Proto.ModelProto model, QuantizationPlan plan, IReadOnlyDictionary<string, ActivationRange> ranges, QuantizationSpec spec)
{
    /// <summary>What the names of integer constants, and of the scale of each output, end with.</summary>
    public const string Integers = ".q", Scale = ".scale";

    private readonly GraphView _view = new(model.Graph);
    private readonly GraphBuilder _graph = new(model.Graph.Name);
    private readonly HashSet<string> _replaced = [];
    private readonly HashSet<string> _scales = [];

    public Proto.ModelProto Write()
    {
        _graph.AppendEnds(model.Graph);
        foreach (var input in model.Graph.Input.Where(input => plan.Values.ContainsKey(input.Name)))
        {
            Store(input.Name, input.Name);
        }

        foreach (var node in model.Graph.Node.Where(node => !plan.IsFused(node)))
        {
            Add(node);
        }

        foreach (var constant in model.Graph.Initializer.Where(constant => !_replaced.Contains(constant.Name)))
        {
            _graph.Append(constant);
        }

        return _graph.Build();
    }

    private void Add(Proto.NodeProto node)
    {
        var copy = node.Clone();
        if (plan.HasIntegerWeights(node))
        {
            WriteWeights(copy);
        }

        for (var i = 0; i < copy.Input.Count; i++)
        {
            copy.Input[i] = plan.Values.ContainsKey(copy.Input[i]) ? Read(copy.Input[i]) : copy.Input[i];
        }

        _graph.Append(copy);
        foreach (var output in node.Output)
        {
            var stored = plan.Stored(output);
            if (plan.Values.ContainsKey(stored))
            {
                Store(output, stored);
            }
        }
    }

    // The float value as integers, and those as floats again.
    private void Store(string value, string name)
    {
        var group = plan.Group(name);
        var (scale, zero) = (group + Scale, group + ".zero");
        if (_scales.Add(group))
        {
            var range = ranges[group];
            _graph.Constant(scale, (ReadOnlySpan<float>)[range.Scale]);
            _graph.TypedConstant<byte>(zero, Proto.TensorProto.Types.DataType.Uint8, [range.Zero]);
        }

        _graph.Node("DequantizeLinear", Read(name), [_graph.Node("QuantizeLinear", name + Integers, [value, scale, zero]), scale, zero]);
    }

    private void WriteWeights(Proto.NodeProto node)
    {
        var (weights, shape) = _view.Constant(node.Input[1]);
        var biases = node.Input.Count > 2 ? _view.Constant(node.Input[2]).Values : new float[shape[0]];
        var input = ranges[plan.Group(node.Input[0])];
        var quantized = ChannelWeights.Of(weights, biases, input.Scale, spec.WeightLevels);
        var (weight, bias) = (node.Input[1], node.Input.Count > 2 ? node.Input[2] : node.Output[0] + ".bias");
        _replaced.UnionWith(node.Input.Skip(1));

        _graph.Node("DequantizeLinear", Read(weight),
        [
            _graph.TypedConstant<sbyte>(weight + Integers, Proto.TensorProto.Types.DataType.Int8, quantized.Weights, shape),
            _graph.Constant(weight + Scale, quantized.Scales, shape[0]),
            _graph.TypedConstant<sbyte>(weight + ".zero", Proto.TensorProto.Types.DataType.Int8, new sbyte[shape[0]], shape[0]),
        ], ("axis", 0));
        _graph.Node("DequantizeLinear", Read(bias),
        [
            _graph.TypedConstant<int>(bias + Integers, Proto.TensorProto.Types.DataType.Int32, quantized.Biases, shape[0]),
            _graph.Constant(bias + Scale, quantized.BiasScales, shape[0]),
        ], ("axis", 0));

        var value = node.Input[0];
        node.Input.Clear();
        node.Input.Add([value, Read(weight), Read(bias)]);
    }

    private static string Read(string value) => value + ".dq";
}
