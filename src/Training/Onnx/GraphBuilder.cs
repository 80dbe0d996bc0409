using System.Runtime.InteropServices;
using Google.Protobuf;

namespace Emotion.Training.Onnx;

/// <summary>
/// Writes an ONNX graph node by node: https://onnx.ai/onnx/operators. Values are named by whoever adds them; nodes are added in the
/// order in which they run, which is the order ONNX asks for.
/// </summary>
public sealed class GraphBuilder(string name)
{
    /// <summary>Opset 17 has every operator that we use; IR version 8 came with it.</summary>
    public const int Opset = 17;
    private const int IrVersion = 8;

    private readonly Proto.GraphProto _graph = new() { Name = name };

    /// <param name="name">Of the input.</param>
    /// <param name="type">Of its elements.</param>
    /// <param name="shape">A number, or a name for what varies (<c>batch</c>, <c>time</c>).</param>
    public string Input(string name, Proto.TensorProto.Types.DataType type, params string[] shape)
    {
        _graph.Input.Add(Value(name, type, shape));
        return name;
    }

    public void Output(string name, params string[] shape) =>
        _graph.Output.Add(Value(name, Proto.TensorProto.Types.DataType.Float, shape));

    public string Constant(string name, ReadOnlySpan<float> values, params long[] shape)
    {
        _graph.Initializer.Add(Tensor(name, Proto.TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes(values), shape, values.Length));
        return name;
    }

    public string Constant(string name, ReadOnlySpan<long> values, params long[] shape)
    {
        _graph.Initializer.Add(Tensor(name, Proto.TensorProto.Types.DataType.Int64, MemoryMarshal.AsBytes(values), shape, values.Length));
        return name;
    }

    /// <summary>A constant of any type; by a name of its own, so that literals elsewhere stay 64-bit.</summary>
    public string TypedConstant<T>(string name, Proto.TensorProto.Types.DataType type, ReadOnlySpan<T> values, params long[] shape)
        where T : unmanaged
    {
        _graph.Initializer.Add(Tensor(name, type, MemoryMarshal.AsBytes(values), shape, values.Length));
        return name;
    }

    /// <summary>Takes a node over from another graph.</summary>
    public void Append(Proto.NodeProto node) => _graph.Node.Add(node);

    /// <summary>Takes a constant over from another graph.</summary>
    public void Append(Proto.TensorProto constant) => _graph.Initializer.Add(constant);

    /// <summary>Takes over what another graph reads and gives.</summary>
    public void AppendEnds(Proto.GraphProto graph)
    {
        _graph.Input.Add(graph.Input);
        _graph.Output.Add(graph.Output);
    }

    /// <summary>A node with one output, whose name it takes.</summary>
    /// <returns>The output's name.</returns>
    public string Node(string operation, string output, IEnumerable<string> inputs, params (string Name, object Value)[] attributes) =>
        Node(operation, [output], inputs, attributes)[0];

    /// <param name="operation">ONNX's name of the operator.</param>
    /// <param name="outputs">Names; empty for an output that nobody wants.</param>
    /// <param name="inputs">Names; empty for an input that is left out.</param>
    /// <param name="attributes">Integers, floats, strings and arrays of integers.</param>
    public string[] Node(string operation, string[] outputs, IEnumerable<string> inputs, params (string Name, object Value)[] attributes)
    {
        var node = new Proto.NodeProto { OpType = operation, Name = outputs.First(output => output.Length > 0) };
        node.Input.Add(inputs);
        node.Output.Add(outputs);
        node.Attribute.Add(attributes.Select(attribute => Attribute(attribute.Name, attribute.Value)));
        _graph.Node.Add(node);
        return outputs;
    }

    public Proto.ModelProto Build()
    {
        var model = new Proto.ModelProto { IrVersion = IrVersion, ProducerName = "Emotion.Training", Graph = _graph };
        model.OpsetImport.Add(new Proto.OperatorSetIdProto { Domain = "", Version = Opset });
        return model;
    }

    private static Proto.TensorProto Tensor(
        string name, Proto.TensorProto.Types.DataType type, ReadOnlySpan<byte> values, long[] shape, int count)
    {
        if (shape.Aggregate(1L, (product, side) => product * side) != count)
        {
            throw new ArgumentException($"{name}: {count} values do not fill [{string.Join(", ", shape)}].");
        }

        var tensor = new Proto.TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(values) };
        tensor.Dims.Add(shape);
        return tensor;
    }

    private static Proto.ValueInfoProto Value(string name, Proto.TensorProto.Types.DataType type, string[] shape)
    {
        var dimensions = new Proto.TensorShapeProto();
        dimensions.Dim.Add(shape.Select(side => long.TryParse(side, out var number)
            ? new Proto.TensorShapeProto.Types.Dimension { DimValue = number }
            : new Proto.TensorShapeProto.Types.Dimension { DimParam = side }));
        var tensor = new Proto.TypeProto.Types.Tensor { ElemType = (int)type, Shape = dimensions };
        return new Proto.ValueInfoProto { Name = name, Type = new Proto.TypeProto { TensorType = tensor } };
    }

    private static Proto.AttributeProto Attribute(string name, object value)
    {
        var attribute = new Proto.AttributeProto { Name = name };
        switch (value)
        {
            case long or int:
                (attribute.Type, attribute.I) = (Proto.AttributeProto.Types.AttributeType.Int, Convert.ToInt64(value));
                break;
            case float number:
                (attribute.Type, attribute.F) = (Proto.AttributeProto.Types.AttributeType.Float, number);
                break;
            case string text:
                (attribute.Type, attribute.S) = (Proto.AttributeProto.Types.AttributeType.String, ByteString.CopyFromUtf8(text));
                break;
            case long[] numbers:
                attribute.Type = Proto.AttributeProto.Types.AttributeType.Ints;
                attribute.Ints.Add(numbers);
                break;
            default:
                throw new ArgumentException($"Attribute {name}: {value.GetType().Name} is not supported.");
        }

        return attribute;
    }
}
