using TorchSharp.Native;

namespace TorchSharp;

/// <summary>Where a tensor lives. The numbers are libtorch's.</summary>
public enum DeviceType
{
    CPU = 0,
    CUDA = 1,
}

/// <summary>A number that remembers whether it is an integer, because that decides the type of <c>tensor * number</c>.</summary>
public readonly struct Scalar
{
    internal readonly double Value;
    internal readonly int IsInteger;

    private Scalar(double value, bool integer) => (Value, IsInteger) = (value, integer ? 1 : 0);

    public static implicit operator Scalar(int value) => new(value, integer: true);
    public static implicit operator Scalar(long value) => new(value, integer: true);
    public static implicit operator Scalar(float value) => new(value, integer: false);
    public static implicit operator Scalar(double value) => new(value, integer: false);
}

/// <summary>One dimension's index: a number, a slice (a C# range too, with ends from the end), everything, a new dimension, or "the rest".</summary>
public readonly struct TensorIndex
{
    internal enum Kind { Single, Slice, Ellipsis, New }

    internal readonly Kind Type;
    internal readonly long Start, Stop, Step;

    private TensorIndex(Kind type, long start = 0, long stop = long.MaxValue, long step = 1) =>
        (Type, Start, Stop, Step) = (type, start, stop, step);

    public static TensorIndex Ellipsis { get; } = new(Kind.Ellipsis);
    public static TensorIndex Colon { get; } = new(Kind.Slice);
    public static TensorIndex None { get; } = new(Kind.New);

    public static TensorIndex Single(long index) => new(Kind.Single, index);
    public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
        new(Kind.Slice, start ?? 0, stop ?? long.MaxValue, step ?? 1);

    public static implicit operator TensorIndex(int index) => Single(index);
    public static implicit operator TensorIndex(long index) => Single(index);
    public static implicit operator TensorIndex(Range range) => Slice(
        range.Start.IsFromEnd ? -range.Start.Value : range.Start.Value,
        !range.End.IsFromEnd ? range.End.Value : range.End.Value == 0 ? null : -range.End.Value);
}

public static partial class torch
{
    /// <summary>Element types. The numbers are libtorch's.</summary>
    public enum ScalarType : sbyte
    {
        Byte = 0,
        Int8 = 1,
        Int16 = 2,
        Int32 = 3,
        Int64 = 4,
        Float16 = 5,
        Float32 = 6,
        Float64 = 7,
        Bool = 11,
        BFloat16 = 15,
    }

    public const ScalarType uint8 = ScalarType.Byte;
    public const ScalarType int8 = ScalarType.Int8;
    public const ScalarType int16 = ScalarType.Int16;
    public const ScalarType int32 = ScalarType.Int32;
    public const ScalarType int64 = ScalarType.Int64;
    public const ScalarType float16 = ScalarType.Float16;
    public const ScalarType float32 = ScalarType.Float32;
    public const ScalarType float64 = ScalarType.Float64;
    public const ScalarType @bool = ScalarType.Bool;

    /// <summary><c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    public sealed record Device(DeviceType type, int index = -1)
    {
        public override string ToString() => index < 0 ? $"{type}".ToLowerInvariant() : $"{type}:{index}".ToLowerInvariant();
    }

    public static Device CPU { get; } = new(DeviceType.CPU);
    public static Device CUDA { get; } = new(DeviceType.CUDA);

    public static Device device(string description)
    {
        var parts = description.Split(':', 2);
        var index = -1;
        return Enum.TryParse<DeviceType>(parts[0], ignoreCase: true, out var type) && (parts.Length == 1 || int.TryParse(parts[1], out index))
            ? new Device(type, index)
            : throw new ArgumentException($"'{description}' names no device: say cpu, cuda or cuda:N.", nameof(description));
    }

    public static Device device(DeviceType type, int index = -1) => new(type, index);

    /// <summary>The version of libtorch behind the shim.</summary>
    public static string __version__ => System.Runtime.InteropServices.Marshal.PtrToStringUTF8(NativeMethods.et_version())!;

    public static void set_num_threads(int num) => NativeMethods.et_set_num_threads(num);
    public static int get_num_threads() => NativeMethods.et_get_num_threads();

    public static class cuda
    {
        public static bool is_available() => device_count() > 0;
        public static int device_count() => NativeMethods.et_cuda_device_count();
        public static void synchronize() => NativeMethods.Check(NativeMethods.et_cuda_synchronize());
    }
}
