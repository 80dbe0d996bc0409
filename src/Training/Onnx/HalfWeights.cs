using System.Runtime.InteropServices;
using Google.Protobuf;

namespace Emotion.Training.Onnx;

/// <summary>
/// Stores large float weights as 16-bit floats with a Cast back in front of them. The runtime folds the cast when it loads, so
/// packages are half the size and the arithmetic stays float32.
/// </summary>
public static class HalfWeights
{
    /// <summary>Smaller tensors (biases, temperatures) stay: they cost nothing and matter most.</summary>
    private const int SmallestHalved = 2048;

    public static Proto.ModelProto Apply(Proto.ModelProto model)
    {
        var halved = model.Clone();
        var casts = new List<Proto.NodeProto>();
        foreach (var tensor in halved.Graph.Initializer)
        {
            if (tensor.DataType != (int)Proto.TensorProto.Types.DataType.Float || tensor.RawData.Length < SmallestHalved * sizeof(float))
            {
                continue;
            }

            var cast = new Proto.NodeProto { OpType = "Cast", Name = tensor.Name };
            cast.Input.Add(tensor.Name + ".half");
            cast.Output.Add(tensor.Name);
            cast.Attribute.Add(new Proto.AttributeProto
            {
                Name = "to", Type = Proto.AttributeProto.Types.AttributeType.Int, I = (long)Proto.TensorProto.Types.DataType.Float,
            });
            casts.Add(cast);
            tensor.Name += ".half";
            tensor.DataType = (int)Proto.TensorProto.Types.DataType.Float16;
            tensor.RawData = ByteString.CopyFrom(Halve(MemoryMarshal.Cast<byte, float>(tensor.RawData.Span)));
        }

        var nodes = halved.Graph.Node.ToList();
        halved.Graph.Node.Clear();
        halved.Graph.Node.Add(casts);
        halved.Graph.Node.Add(nodes);
        return halved;
    }

    private static ReadOnlySpan<byte> Halve(ReadOnlySpan<float> values)
    {
        var halves = new Half[values.Length];
        System.Numerics.Tensors.TensorPrimitives.ConvertToHalf(values, halves);
        foreach (var half in halves)
        {
            if (!Half.IsFinite(half))
            {
                throw new InvalidOperationException("A weight is too large for 16 bits: this network cannot be stored so.");
            }
        }

        return MemoryMarshal.AsBytes(halves.AsSpan());
    }
}
