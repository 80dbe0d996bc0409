using System.Buffers;
using Microsoft.ML.OnnxRuntime;

namespace Emotion.Inference.Sessions;

/// <summary>A dense tensor over pooled memory that ONNX Runtime reads and writes in place. Contents start undefined.</summary>
public sealed class PooledTensor<T> : IDisposable where T : unmanaged
{
    private readonly int _length;
    private T[]? _rented;

    /// <param name="shape">Row-major, all dimensions positive.</param>
    public PooledTensor(params long[] shape)
    {
        var length = 1L;
        foreach (var dimension in shape)
        {
            length = checked(length * dimension);
        }

        Shape = shape;
        _length = checked((int)length);
        _rented = ArrayPool<T>.Shared.Rent(_length);
        Value = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _rented.AsMemory(0, _length), shape);
    }

    public long[] Shape { get; }

    public OrtValue Value { get; }

    public Span<T> Span => _rented is { } memory ? memory.AsSpan(0, _length) : throw new ObjectDisposedException(nameof(PooledTensor<T>));

    /// <summary>The <paramref name="index"/>-th slice along the first dimension.</summary>
    public Span<T> Row(int index)
    {
        var row = _length / (int)Shape[0];
        return Span.Slice(index * row, row);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } memory)
        {
            Value.Dispose();
            ArrayPool<T>.Shared.Return(memory);
        }
    }
}
