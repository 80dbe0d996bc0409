using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>
/// Weights in a file: the number of tensors, then for each its name and the tensor. Counts, types and dimensions are LEB128,
/// names are length-prefixed UTF-8, elements are row-major little-endian. Example, one [2] float tensor called <c>bias</c>:
/// <c>01  04 62 69 61 73  06  01 02  [8 bytes]</c>. The layout follows what TorchSharp's documentation says of its own.
/// </summary>
internal static class TensorFile
{
    public static void WriteAll(BinaryWriter writer, IReadOnlyCollection<KeyValuePair<string, Tensor>> tensors)
    {
        writer.Write7BitEncodedInt64(tensors.Count);
        foreach (var (name, tensor) in tensors)
        {
            writer.Write(name);
            Write(writer, tensor);
        }
    }

    public static Dictionary<string, Tensor> ReadAll(BinaryReader reader)
    {
        var count = reader.Read7BitEncodedInt64();
        var tensors = new Dictionary<string, Tensor>();
        for (long i = 0; i < count; i++)
        {
            tensors.Add(reader.ReadString(), Read(reader));
        }

        return tensors;
    }

    public static void Write(BinaryWriter writer, Tensor tensor)
    {
        using var detached = tensor.detach();
        using var onCpu = detached.cpu();
        using var packed = onCpu.contiguous();
        writer.Write7BitEncodedInt64((long)packed.dtype);
        writer.Write7BitEncodedInt64(packed.ndim);
        foreach (var size in packed.shape)
        {
            writer.Write7BitEncodedInt64(size);
        }

        writer.Write(packed.bytes);
    }

    public static Tensor Read(BinaryReader reader)
    {
        var type = (ScalarType)reader.Read7BitEncodedInt64();
        var dimensions = reader.Read7BitEncodedInt64();
        if (!Enum.IsDefined(type) || dimensions is < 0 or > 16)
        {
            throw new InvalidDataException("This is no file of tensors: it names an unknown element type or an impossible rank.");
        }

        var shape = new long[dimensions];
        for (var i = 0; i < shape.Length; i++)
        {
            shape[i] = reader.Read7BitEncodedInt64();
        }

        var tensor = empty(shape, type);
        reader.BaseStream.ReadExactly(tensor.bytes);
        return tensor;
    }
}

public static partial class torch
{
    public static void save(Tensor t, string location)
    {
        using var writer = new BinaryWriter(File.Create(location));
        TensorFile.Write(writer, t);
    }

    public static Tensor load(string location)
    {
        using var reader = new BinaryReader(File.OpenRead(location));
        return TensorFile.Read(reader);
    }
}
