using System.Buffers.Binary;
using System.Text;

namespace Emotion.Inference.Tests.Graphs;

/// <summary>
/// Writes the few parts of ONNX's protobuf (onnx.proto: ModelProto, GraphProto, NodeProto, TensorProto) that a graph of a test
/// needs, so that no binary is committed and every weight in a test can be read in its source.
/// </summary>
internal sealed class OnnxGraph
{
    private const int FloatType = 1, Int32Type = 6, Int64Type = 7;
    private readonly Message _graph = new();

    public OnnxGraph() => _graph.Text(2, "test");

    /// <summary>Dimensions: a number, or a name for one that is free.</summary>
    public OnnxGraph Input(string name, params object[] shape) => Value(11, name, FloatType, shape);

    public OnnxGraph Int32Input(string name, params object[] shape) => Value(11, name, Int32Type, shape);

    public OnnxGraph Int64Input(string name, params object[] shape) => Value(11, name, Int64Type, shape);

    public OnnxGraph Output(string name, params object[] shape) => Value(12, name, FloatType, shape);

    /// <summary>Attribute values: long, float or long[].</summary>
    public OnnxGraph Node(string op, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes)
    {
        var node = new Message();
        foreach (var input in inputs) node.Text(1, input);
        foreach (var output in outputs) node.Text(2, output);
        node.Text(4, op);
        foreach (var (name, value) in attributes) node.Nested(5, Attribute(name, value));
        _graph.Nested(1, node);
        return this;
    }

    public OnnxGraph Constant(string name, float[] values, params long[] shape)
    {
        var raw = new byte[4 * values.Length];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(raw.AsSpan(4 * i), values[i]);
        return Initializer(name, FloatType, raw, shape);
    }

    public OnnxGraph Constant(string name, long[] values, params long[] shape)
    {
        var raw = new byte[8 * values.Length];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(raw.AsSpan(8 * i), values[i]);
        return Initializer(name, Int64Type, raw, shape);
    }

    /// <summary>Weights that a seed decides: small and of both signs.</summary>
    public OnnxGraph Weights(string name, int seed, params long[] shape)
    {
        var random = new Random(seed);
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0; i < values.Length; i++) values[i] = (random.NextSingle() - 0.5f) * 0.2f;
        return Constant(name, values, shape);
    }

    public byte[] ToBytes()
    {
        var opset = new Message();
        opset.Text(1, "");
        opset.Number(2, 17);
        var model = new Message();
        model.Number(1, 8);
        model.Nested(7, _graph);
        model.Nested(8, opset);
        return model.ToArray();
    }

    private OnnxGraph Initializer(string name, int type, byte[] raw, long[] shape)
    {
        var tensor = new Message();
        foreach (var dimension in shape) tensor.Number(1, dimension);
        tensor.Number(2, type);
        tensor.Text(8, name);
        tensor.Bytes(9, raw);
        _graph.Nested(5, tensor);
        return this;
    }

    private OnnxGraph Value(int field, string name, int type, object[] shape)
    {
        var dimensions = new Message();
        foreach (var entry in shape)
        {
            var dimension = new Message();
            if (entry is string free) dimension.Text(2, free);
            else dimension.Number(1, Convert.ToInt64(entry));
            dimensions.Nested(1, dimension);
        }
        var tensor = new Message();
        tensor.Number(1, type);
        tensor.Nested(2, dimensions);
        var wrapped = new Message();
        wrapped.Nested(1, tensor);
        var value = new Message();
        value.Text(1, name);
        value.Nested(2, wrapped);
        _graph.Nested(field, value);
        return this;
    }

    private static Message Attribute(string name, object value)
    {
        var attribute = new Message();
        attribute.Text(1, name);
        switch (value)
        {
            case long number: attribute.Number(3, number); attribute.Number(20, 2); break;
            case float real: attribute.Single(2, real); attribute.Number(20, 1); break;
            case long[] numbers:
                foreach (var number in numbers) attribute.Number(8, number);
                attribute.Number(20, 7);
                break;
            default: throw new ArgumentException($"no ONNX attribute is made of a {value.GetType()}", nameof(value));
        }
        return attribute;
    }

    private sealed class Message
    {
        private readonly MemoryStream _bytes = new();

        public void Number(int field, long value) { Varint(field << 3); Varint(value); }

        public void Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

        public void Nested(int field, Message value) => Bytes(field, value.ToArray());

        public void Bytes(int field, byte[] value) { Varint(field << 3 | 2); Varint(value.Length); _bytes.Write(value); }

        public void Single(int field, float value)
        {
            Varint(field << 3 | 5);
            Span<byte> raw = stackalloc byte[4];
            BinaryPrimitives.WriteSingleLittleEndian(raw, value);
            _bytes.Write(raw);
        }

        public byte[] ToArray() => _bytes.ToArray();

        private void Varint(long value)
        {
            for (var rest = (ulong)value; ; rest >>= 7)
            {
                if (rest < 0x80) { _bytes.WriteByte((byte)rest); return; }
                _bytes.WriteByte((byte)(rest | 0x80));
            }
        }
    }
}
