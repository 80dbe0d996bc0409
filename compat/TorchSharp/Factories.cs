using System.Runtime.InteropServices;
using TorchSharp.Native;
using static TorchSharp.Native.NativeMethods;

namespace TorchSharp;

public static unsafe partial class torch
{
    // From managed data, copied.
    public static Tensor tensor<T>(T[] data, long[] dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        where T : unmanaged => FromData<T>(data, dimensions, dtype, device, requires_grad);

    public static Tensor tensor<T>(T[] data, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        where T : unmanaged => FromData<T>(data, [data.Length], dtype, device, requires_grad);

    public static Tensor tensor(double scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromData<double>([scalar], [], dtype, device, requires_grad);

    public static Tensor tensor(float scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromData<float>([scalar], [], dtype, device, requires_grad);

    public static Tensor tensor(long scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromData<long>([scalar], [], dtype, device, requires_grad);

    public static Tensor tensor(int scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromData<int>([scalar], [], dtype, device, requires_grad);

    /// <summary>From an array of any rank of float, double, long, int, byte or bool.</summary>
    public static Tensor from_array(Array rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        var shape = Enumerable.Range(0, rawArray.Rank).Select(i => (long)rawArray.GetLength(i)).ToArray();
        Tensor Copy<T>() where T : unmanaged =>
            FromData(MemoryMarshal.CreateReadOnlySpan(
                ref System.Runtime.CompilerServices.Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(rawArray)), rawArray.Length),
                shape, dtype, device, requires_grad);
        return rawArray switch
        {
            _ when rawArray.GetType().GetElementType() == typeof(float) => Copy<float>(),
            _ when rawArray.GetType().GetElementType() == typeof(double) => Copy<double>(),
            _ when rawArray.GetType().GetElementType() == typeof(long) => Copy<long>(),
            _ when rawArray.GetType().GetElementType() == typeof(int) => Copy<int>(),
            _ when rawArray.GetType().GetElementType() == typeof(byte) => Copy<byte>(),
            _ when rawArray.GetType().GetElementType() == typeof(bool) => Copy<bool>(),
            _ => throw new NotSupportedException($"Tensors from {rawArray.GetType().Name} are not supported."),
        };
    }

    internal static Tensor FromData<T>(ReadOnlySpan<T> data, long[] shape, ScalarType? dtype, Device? device, bool requires_grad)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(data);
        TensorHandle handle;
        fixed (byte* p = bytes)
        fixed (long* sizes = shape)
        {
            handle = et_from_data(p, bytes.Length, sizes, shape.Length, (int)TypeOf<T>());
        }

        if (!handle.IsInvalid && ((dtype is { } type && type != TypeOf<T>()) || device is { type: not DeviceType.CPU }))
        {
            using var onCpu = handle;
            handle = et_to(onCpu, (int)(dtype ?? TypeOf<T>()), (int)(device?.type ?? DeviceType.CPU), device?.index ?? -1, 0);
        }

        return Finish(handle, requires_grad);
    }

    // Filled.
    public static Tensor full(long[] size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Make(size, dtype, device, requires_grad, (p, n, type, dev, index) => et_full(p, n, value.Value, type, dev, index));

    public static Tensor zeros(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full(size, 0.0, dtype, device, requires_grad);

    public static Tensor zeros(params long[] size) => full(size, 0.0);

    public static Tensor ones(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full(size, 1.0, dtype, device, requires_grad);

    public static Tensor ones(params long[] size) => full(size, 1.0);

    public static Tensor empty(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Make(size, dtype, device, requires_grad, et_empty);

    public static Tensor rand(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Make(size, dtype, device, requires_grad, et_rand);

    public static Tensor rand(params long[] size) => rand(size, null);

    public static Tensor randn(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Make(size, dtype, device, requires_grad, et_randn);

    public static Tensor randn(params long[] size) => randn(size, null);

    public static Tensor randperm(long n, Device? device = null) => new(et_randperm(n, (int)(device?.type ?? 0), device?.index ?? -1));

    public static Tensor zeros_like(Tensor input) => zeros(input.shape, input.dtype, input.device);
    public static Tensor ones_like(Tensor input) => ones(input.shape, input.dtype, input.device);
    public static Tensor rand_like(Tensor input) => rand(input.shape, input.dtype, input.device);
    public static Tensor randn_like(Tensor input) => randn(input.shape, input.dtype, input.device);

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null) => arange(0, stop, 1, dtype, device);

    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null)
    {
        var integers = start.IsInteger + stop.IsInteger + step.IsInteger == 3;
        var type = dtype ?? (integers ? ScalarType.Int64 : ScalarType.Float32);
        return new Tensor(et_arange(start.Value, stop.Value, step.Value, (int)type, (int)(device?.type ?? 0), device?.index ?? -1));
    }

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null) => arange(start, stop, 1, dtype, device);

    // From tensors.
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => Join(tensors, dim, et_cat);
    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => cat(tensors, dim);
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Join(tensors.ToArray(), dim, et_stack);
    public static Tensor where(Tensor condition, Tensor x, Tensor y) => new(et_where(condition.Handle, x.Handle, y.Handle));
    public static Tensor matmul(Tensor input, Tensor target) => input.matmul(target);
    public static Tensor exp(Tensor input) => input.exp();
    public static Tensor log(Tensor input) => input.log();
    public static Tensor sqrt(Tensor input) => input.sqrt();
    public static Tensor tanh(Tensor input) => input.tanh();
    public static Tensor sigmoid(Tensor input) => input.sigmoid();
    public static Tensor relu(Tensor input) => input.relu();
    public static Tensor flatten(Tensor input, long start_dim = 0, long end_dim = -1) => input.flatten(start_dim, end_dim);
    public static Tensor mean(Tensor input) => input.mean();
    public static Tensor sum(Tensor input) => input.sum();
    public static Tensor argmax(Tensor input, long dim, bool keepdim = false) => input.argmax(dim, keepdim);
    public static Tensor softmax(Tensor input, long dim) => input.softmax(dim);

    // Random numbers.
    public static void manual_seed(long seed) => Check(et_manual_seed(seed));
    public static Tensor get_rng_state() => new(et_get_rng_state());
    public static void set_rng_state(Tensor new_state) => Check(et_set_rng_state(new_state.Handle));

    public static class random
    {
        public static void manual_seed(long seed) => torch.manual_seed(seed);
        public static Tensor get_rng_state() => torch.get_rng_state();
        public static void set_rng_state(Tensor new_state) => torch.set_rng_state(new_state);
    }

    // Autograd modes, each until the returned object is disposed, on the same thread.
    public static IDisposable no_grad() => new GradMode(enabled: false);
    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);
    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);
    public static bool is_grad_enabled() => et_grad_enabled() != 0;
    public static IDisposable inference_mode() => new InferenceMode();

    private sealed class GradMode : IDisposable
    {
        private readonly int _before = et_grad_enabled();

        public GradMode(bool enabled) => et_set_grad_enabled(enabled ? 1 : 0);

        public void Dispose() => et_set_grad_enabled(_before);
    }

    private sealed class InferenceMode : IDisposable
    {
        private nint _guard = et_inference_enter();

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _guard, 0) is var guard and not 0)
            {
                et_inference_leave(guard);
            }
        }
    }

    private delegate TensorHandle MakeCall(long* sizes, long count, int type, int device, int index);

    private static Tensor Make(long[] size, ScalarType? dtype, Device? device, bool requires_grad, MakeCall call)
    {
        fixed (long* p = size)
        {
            return Finish(call(p, size.Length, (int)(dtype ?? ScalarType.Float32), (int)(device?.type ?? 0), device?.index ?? -1), requires_grad);
        }
    }

    private static Tensor Finish(TensorHandle handle, bool requires_grad)
    {
        var tensor = new Tensor(handle);
        return requires_grad ? tensor.requires_grad_() : tensor;
    }

    private delegate TensorHandle JoinCall(nint* tensors, long count, long dim);

    private static Tensor Join(IList<Tensor> tensors, long dim, JoinCall call) => new(WithHandles([.. tensors], handles =>
    {
        fixed (nint* p = handles)
        {
            return call(p, handles.Length, dim);
        }
    }));
}
