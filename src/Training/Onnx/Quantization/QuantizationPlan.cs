namespace Emotion.Training.Onnx.Quantization;

/// <summary>
/// Which nodes of a graph compute with integers, and which values are stored as integers between them.
/// <para>
/// Convolutions (and linear layers) with constant weights read and write integers; sums, maxima and concatenations do where all that
/// they read is integers already. Other nodes read such values back as floats. A relu that alone reads a convolution or a sum needs no node:
/// with zero as the least integer, rounding into the range does it.
/// </para>
/// </summary>
internal sealed class QuantizationPlan
{
    private readonly GraphView _view;
    private readonly Dictionary<string, string> _group = [];
    private readonly HashSet<Proto.NodeProto> _weighted = [];
    private readonly Dictionary<string, Proto.NodeProto> _fused = [];

    private QuantizationPlan(GraphView view) => _view = view;

    /// <summary>The values stored as integers, each with the value whose scale it shares.</summary>
    public IReadOnlyDictionary<string, string> Values => _group;

    public bool HasIntegerWeights(Proto.NodeProto node) => _weighted.Contains(node);

    /// <summary>Whether rounding into the range does what this relu did.</summary>
    public bool IsFused(Proto.NodeProto node) => node.OpType == "Relu" && _fused.ContainsValue(node);

    /// <summary>The value that a node's output is known by: that of the relu behind it, if that is fused.</summary>
    public string Stored(string output) => _fused.TryGetValue(output, out var relu) ? relu.Output[0] : output;

    /// <summary>Of the values that share a scale, the one that stands for them.</summary>
    public string Group(string value)
    {
        while (_group[value] != value)
        {
            value = _group[value];
        }

        return value;
    }

    public static QuantizationPlan Of(GraphView view, QuantizationSpec spec)
    {
        var plan = new QuantizationPlan(view);
        var convolutions = 0;
        foreach (var node in view.Graph.Node)
        {
            switch (node.OpType)
            {
                case "Conv" when plan.HasConstantWeights(node) && (convolutions++ > 0 || !spec.KeepFirstConvolution):
                    plan._weighted.Add(node);
                    plan.Store(node.Input[0]);
                    plan.StoreOutput(node);
                    break;
                case "Gemm" when plan.HasConstantWeights(node) && Transposes(node) && view.Constant(node.Input[1]).Values.Length >= spec.LinearWeightsFrom:
                    plan._weighted.Add(node);
                    plan.Store(node.Input[0]);
                    break;
                case "Add" when plan.AreStored(node.Input):
                    plan.StoreOutput(node);
                    break;
                case "MaxPool" or "Concat" when plan.AreStored(node.Input) && !view.IsOutput(node.Output[0]):
                    plan.Store(node.Output[0]);
                    plan.Share(node.Output[0], node.Input);
                    break;
                default:
                    break;
            }
        }

        return plan;
    }

    private bool HasConstantWeights(Proto.NodeProto node) =>
        node.Input.Skip(1).All(_view.IsConstant) && node.Input.Skip(1).All(input => _view.Readers(input).Count == 1);

    // A linear layer as our writers have it: x * transpose(weight) + bias.
    private static bool Transposes(Proto.NodeProto node) =>
        node.Attribute.Count == 1 && node.Attribute[0] is { Name: "transB", I: 1 } && node.Input.Count == 3;

    private bool AreStored(IEnumerable<string> values) => values.All(_group.ContainsKey);

    private void Store(string value) => _group.TryAdd(value, value);

    private void StoreOutput(Proto.NodeProto node)
    {
        var output = node.Output[0];
        if (_view.Readers(output) is [{ OpType: "Relu" } relu] && !_view.IsOutput(output) && !_view.IsOutput(relu.Output[0]))
        {
            _fused[output] = relu;
            Store(relu.Output[0]);
        }
        else if (!_view.IsOutput(output))
        {
            Store(output);
        }
    }

    private void Share(string value, IEnumerable<string> others)
    {
        foreach (var other in others)
        {
            _group[Group(other)] = Group(value);
        }
    }
}
