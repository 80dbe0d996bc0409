using System.Runtime.InteropServices;
using TorchSharp.Native;
using static TorchSharp.Native.NativeMethods;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>An n-dimensional array of libtorch. Belongs to the innermost open <see cref="DisposeScope"/> of the thread that made it.</summary>
    public unsafe partial class Tensor : IDisposable
    {
        internal TensorHandle Handle { get; }

        internal DisposeScope? Scope { get; set; }

        /// <summary>Takes ownership; a null handle is the native side's way to say that it failed.</summary>
        internal Tensor(TensorHandle handle)
        {
            if (handle.IsInvalid)
            {
                throw Error();
            }

            Handle = handle;
            DisposeScope.Current?.Include(this);
        }

        /// <summary>Native tensors alive in this process, held by managed objects or waiting for their disposal.</summary>
        public static long TotalCount => et_live_tensors();

        public bool IsInvalid => Handle.IsClosed || Handle.IsInvalid;

        public void Dispose()
        {
            Scope?.Forget(this);
            Handle.Dispose();
            GC.SuppressFinalize(this);
        }

        public long ndim => et_ndim(Handle);
        public long dim() => ndim;
        public long numel() => et_numel(Handle);
        public long NumberOfElements => numel();
        public ScalarType dtype => (ScalarType)et_dtype(Handle);
        public Device device => new((DeviceType)et_device_type(Handle), et_device_index(Handle));
        public bool is_leaf => et_is_leaf(Handle) != 0;
        public bool is_contiguous() => et_is_contiguous(Handle) != 0;

        public long[] shape
        {
            get
            {
                var sizes = new long[ndim];
                fixed (long* p = sizes)
                {
                    et_sizes(Handle, p);
                }

                return sizes;
            }
        }

        public long[] stride()
        {
            var strides = new long[ndim];
            fixed (long* p = strides)
            {
                et_strides(Handle, p);
            }

            return strides;
        }

        public long size(int dim) => shape[dim < 0 ? dim + (int)ndim : dim];

        public bool requires_grad
        {
            get => et_requires_grad(Handle) != 0;
            set => Check(et_set_requires_grad(Handle, value ? 1 : 0));
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor? grad
        {
            get => et_has_grad(Handle) != 0 ? new Tensor(et_grad(Handle)) : null;
            set => Check(et_set_grad(Handle, Optional(value)));
        }

        public void backward(Tensor? gradient = null) => Check(et_backward(Handle, Optional(gradient)));
        public Tensor detach() => new(et_detach(Handle));
        public Tensor alias() => new(et_alias(Handle));
        public Tensor clone() => new(et_clone(Handle));
        public Tensor contiguous() => new(et_contiguous(Handle));

        public Tensor to(ScalarType type, bool copy = false) => Convert(type, device, copy);
        public Tensor to(Device device, bool copy = false) => Convert(dtype, device, copy);
        public Tensor to(DeviceType type, int index = -1) => to(new Device(type, index));
        public Tensor to(ScalarType type, Device device) => Convert(type, device, copy: false);
        public Tensor to_type(ScalarType type) => to(type);
        public Tensor cpu() => to(CPU);
        public Tensor cuda() => to(CUDA);
        public Tensor @float() => to(ScalarType.Float32);
        public Tensor @double() => to(ScalarType.Float64);
        public Tensor @long() => to(ScalarType.Int64);
        public Tensor @bool() => to(ScalarType.Bool);

        private Tensor Convert(ScalarType type, Device device, bool copy) =>
            new(et_to(Handle, (int)type, (int)device.type, device.index, copy ? 1 : 0));

        public double ToDouble()
        {
            Check(et_item(Handle, out var value));
            return value;
        }

        public long ToInt64()
        {
            Check(et_item_long(Handle, out var value));
            return value;
        }

        public float ToSingle() => (float)ToDouble();
        public int ToInt32() => checked((int)ToInt64());
        public bool ToBoolean() => ToInt64() != 0;

        /// <summary>The only element.</summary>
        public T item<T>() where T : unmanaged =>
            (T)(dtype is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64
                ? System.Convert.ChangeType(ToDouble(), typeof(T))
                : System.Convert.ChangeType(ToInt64(), typeof(T)));

        /// <summary>A copy of the elements in row-major order, from whatever device and layout.</summary>
        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            var expected = TypeOf<T>();
            if (dtype != expected)
            {
                throw new InvalidOperationException($"The tensor holds {dtype}, not {expected}: convert it with to(...) first.");
            }

            using var onCpu = new Tensor(et_to(Handle, (int)dtype, (int)DeviceType.CPU, -1, 0));
            using var packed = onCpu.contiguous();
            var values = new T[packed.numel()];
            new ReadOnlySpan<T>((void*)et_data_ptr(packed.Handle), values.Length).CopyTo(values);
            GC.KeepAlive(packed);
            return new TensorAccessor<T>(values);
        }

        /// <summary>The memory of a contiguous CPU tensor. Valid as long as the tensor is.</summary>
        public Span<byte> bytes
        {
            get
            {
                if (!is_contiguous() || et_device_type(Handle) != (int)DeviceType.CPU)
                {
                    throw new InvalidOperationException("Only a contiguous CPU tensor shows its memory: call cpu().contiguous() first.");
                }

                return new Span<byte>((void*)et_data_ptr(Handle), checked((int)(numel() * ElementSize(dtype))));
            }
        }

        public override string ToString() => $"[{string.Join('x', shape)}], type = {dtype}, device = {device}";

        internal static TensorHandle Optional(Tensor? tensor) => tensor?.Handle ?? TensorHandle.None;
    }

    /// <summary>The elements of a tensor, row-major.</summary>
    public sealed class TensorAccessor<T>(T[] values) : IEnumerable<T> where T : unmanaged
    {
        public long Count => values.Length;
        public T this[long index] => values[index];
        public T[] ToArray() => (T[])values.Clone();
        public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) =>
            values.AsSpan((int)tensorIndex).CopyTo(array.AsSpan(arrayIndex));
        public void CopyTo(Span<T> span) => values.CopyTo(span);
        public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)values).GetEnumerator();
        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    internal static ScalarType TypeOf<T>() => default(T) switch
    {
        float => ScalarType.Float32,
        double => ScalarType.Float64,
        long => ScalarType.Int64,
        int => ScalarType.Int32,
        short => ScalarType.Int16,
        byte => ScalarType.Byte,
        sbyte => ScalarType.Int8,
        bool => ScalarType.Bool,
        Half => ScalarType.Float16,
        _ => throw new NotSupportedException($"Tensors of {typeof(T).Name} are not supported."),
    };

    internal static int ElementSize(ScalarType type) => type switch
    {
        ScalarType.Float64 or ScalarType.Int64 => 8,
        ScalarType.Float32 or ScalarType.Int32 => 4,
        ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Int16 => 2,
        _ => 1,
    };

    /// <summary>Passes native handles of many tensors in one call and keeps the tensors alive until it returns.</summary>
    internal static TResult WithHandles<TResult>(IReadOnlyList<Tensor> tensors, Func<nint[], TResult> call)
    {
        var handles = new nint[tensors.Count];
        for (var i = 0; i < handles.Length; i++)
        {
            ObjectDisposedException.ThrowIf(tensors[i].IsInvalid, tensors[i]);
            handles[i] = tensors[i].Handle.DangerousGetHandle();
        }

        var result = call(handles);
        GC.KeepAlive(tensors);
        return result;
    }
}
