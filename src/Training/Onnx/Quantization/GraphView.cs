using System.Runtime.InteropServices;

namespace Emotion.Training.Onnx.Quantization;

/// <summary>Who makes and who reads each value of a graph.</summary>
internal sealed class GraphView
{
    private readonly Dictionary<string, Proto.TensorProto> _constants;
    private readonly Dictionary<string, List<Proto.NodeProto>> _readers = [];
    private readonly HashSet<string> _outputs;

    public GraphView(Proto.GraphProto graph)
    {
        Graph = graph;
        _constants = graph.Initializer.ToDictionary(tensor => tensor.Name);
        _outputs = [.. graph.Output.Select(output => output.Name)];
        foreach (var node in graph.Node)
        {
            foreach (var input in node.Input.Where(input => input.Length > 0))
            {
                if (!_readers.TryGetValue(input, out var readers))
                {
                    _readers[input] = readers = [];
                }

                readers.Add(node);
            }
        }
    }

    public Proto.GraphProto Graph { get; }

    public bool IsOutput(string value) => _outputs.Contains(value);

    public bool IsConstant(string value) => _constants.ContainsKey(value);

    public IReadOnlyList<Proto.NodeProto> Readers(string value) => _readers.TryGetValue(value, out var readers) ? readers : [];

    /// <summary>The float values and the sides of a constant.</summary>
    public (float[] Values, long[] Shape) Constant(string name)
    {
        var tensor = _constants[name];
        return tensor.DataType == (int)Proto.TensorProto.Types.DataType.Float && tensor.FloatData.Count == 0
            ? (MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray(), [.. tensor.Dims])
            : throw new ArgumentException($"'{name}' is no constant of raw 32-bit floats.");
    }
}
