using System.Runtime.InteropServices;

namespace TorchSharp.Native;

/// <summary>The shim's C ABI, in the order of its sources. A null tensor or a status of 0 means failure, see <see cref="Check(int)"/>.</summary>
internal static unsafe class NativeMethods
{
    public static void Check(int status)
    {
        if (status == 0)
        {
            throw Error();
        }
    }

    public static ExternalException Error() => new(Marshal.PtrToStringUTF8(et_last_error()) ?? "libtorch failed without a message");

    // tensors.cpp
    [DllImport(NativeLoader.Library)] public static extern nint et_last_error();
    [DllImport(NativeLoader.Library)] public static extern long et_live_tensors();
    [DllImport(NativeLoader.Library)] public static extern nint et_version();
    [DllImport(NativeLoader.Library)] public static extern void et_dispose(nint t);
    [DllImport(NativeLoader.Library)] public static extern void et_set_num_threads(int n);
    [DllImport(NativeLoader.Library)] public static extern int et_get_num_threads();
    [DllImport(NativeLoader.Library)] public static extern int et_cuda_device_count();
    [DllImport(NativeLoader.Library)] public static extern int et_cuda_synchronize();
    [DllImport(NativeLoader.Library)] public static extern int et_manual_seed(long seed);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_get_rng_state();
    [DllImport(NativeLoader.Library)] public static extern int et_set_rng_state(TensorHandle state);
    [DllImport(NativeLoader.Library)] public static extern int et_grad_enabled();
    [DllImport(NativeLoader.Library)] public static extern void et_set_grad_enabled(int on);
    [DllImport(NativeLoader.Library)] public static extern nint et_inference_enter();
    [DllImport(NativeLoader.Library)] public static extern void et_inference_leave(nint guard);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_full(long* sizes, long n, double value, int dtype, int dev, int index);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_empty(long* sizes, long n, int dtype, int dev, int index);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_rand(long* sizes, long n, int dtype, int dev, int index);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_randn(long* sizes, long n, int dtype, int dev, int index);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_randperm(long n, int dev, int index);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_arange(double start, double stop, double step, int dtype, int dev, int index);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_from_data(void* data, long bytes, long* sizes, long n, int dtype);
    [DllImport(NativeLoader.Library)] public static extern long et_ndim(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern void et_sizes(TensorHandle t, long* sizes);
    [DllImport(NativeLoader.Library)] public static extern void et_strides(TensorHandle t, long* strides);
    [DllImport(NativeLoader.Library)] public static extern long et_numel(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern int et_dtype(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern int et_device_type(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern int et_device_index(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern int et_requires_grad(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern int et_set_requires_grad(TensorHandle t, int on);
    [DllImport(NativeLoader.Library)] public static extern int et_is_leaf(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern int et_is_contiguous(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern nint et_data_ptr(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern int et_item(TensorHandle t, out double value);
    [DllImport(NativeLoader.Library)] public static extern int et_item_long(TensorHandle t, out long value);
    [DllImport(NativeLoader.Library)] public static extern int et_backward(TensorHandle t, TensorHandle gradient);
    [DllImport(NativeLoader.Library)] public static extern int et_has_grad(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_grad(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern int et_set_grad(TensorHandle t, TensorHandle gradient);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_detach(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern int et_set_data(TensorHandle t, TensorHandle data);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_to(TensorHandle t, int dtype, int dev, int index, int copy);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_alias(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_clone(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_contiguous(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_reshape(TensorHandle t, long* s, long n);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_view(TensorHandle t, long* s, long n);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_permute(TensorHandle t, long* d, long n);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_expand(TensorHandle t, long* s, long n);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_flip(TensorHandle t, long* d, long n);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_repeat(TensorHandle t, long* d, long n);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_transpose(TensorHandle t, long a, long b);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_flatten(TensorHandle t, long first, long last);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_unsqueeze(TensorHandle t, long dim);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_squeeze(TensorHandle t, long dim);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_narrow(TensorHandle t, long dim, long start, long length);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_slice(TensorHandle t, long dim, long start, long stop, long step);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_select(TensorHandle t, long dim, long index);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_index_select(TensorHandle t, long dim, TensorHandle index);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_gather(TensorHandle t, long dim, TensorHandle index);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_pad(TensorHandle t, long* p, long n, double value);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_cat(nint* ts, long n, long dim);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_stack(nint* ts, long n, long dim);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_clamp(TensorHandle t, double low, double high);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_where(TensorHandle mask, TensorHandle a, TensorHandle b);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_masked_fill(TensorHandle t, TensorHandle mask, double value);
    [DllImport(NativeLoader.Library)] public static extern int et_fill_(TensorHandle t, double value);
    [DllImport(NativeLoader.Library)] public static extern int et_copy_(TensorHandle t, TensorHandle source);
    [DllImport(NativeLoader.Library)] public static extern int et_add_(TensorHandle t, TensorHandle other, double alpha);
    [DllImport(NativeLoader.Library)] public static extern int et_mul_scalar_(TensorHandle t, double value);
    [DllImport(NativeLoader.Library)] public static extern int et_normal_(TensorHandle t, double mean, double std);
    [DllImport(NativeLoader.Library)] public static extern int et_uniform_(TensorHandle t, double @from, double @to);
    [DllImport(NativeLoader.Library)] public static extern int et_bernoulli_(TensorHandle t, double p);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_sum_all(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_mean_all(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_sum(TensorHandle t, long* d, long n, int keep);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_mean(TensorHandle t, long* d, long n, int keep);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_amax(TensorHandle t, long* d, long n, int keep);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_var(TensorHandle t, long dim, int unbiased, int keep);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_argmax(TensorHandle t, long dim, int keep);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_logsumexp(TensorHandle t, long dim, int keep);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_norm(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_neg(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_abs(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_exp(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_log(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_sqrt(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_rsqrt(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_square(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_tanh(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_sigmoid(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_relu(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_sin(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_cos(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_isfinite(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_logical_not(TensorHandle t);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_add(TensorHandle a, TensorHandle b);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_sub(TensorHandle a, TensorHandle b);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_mul(TensorHandle a, TensorHandle b);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_div(TensorHandle a, TensorHandle b);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_maximum(TensorHandle a, TensorHandle b);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_minimum(TensorHandle a, TensorHandle b);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_matmul(TensorHandle a, TensorHandle b);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_eq(TensorHandle a, TensorHandle b);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_ne(TensorHandle a, TensorHandle b);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_lt(TensorHandle a, TensorHandle b);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_le(TensorHandle a, TensorHandle b);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_gt(TensorHandle a, TensorHandle b);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_ge(TensorHandle a, TensorHandle b);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_logical_and(TensorHandle a, TensorHandle b);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_logical_or(TensorHandle a, TensorHandle b);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_add_scalar(TensorHandle a, double b, int integer);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_sub_scalar(TensorHandle a, double b, int integer);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_mul_scalar(TensorHandle a, double b, int integer);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_div_scalar(TensorHandle a, double b, int integer);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_pow_scalar(TensorHandle a, double b, int integer);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_eq_scalar(TensorHandle a, double b, int integer);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_ne_scalar(TensorHandle a, double b, int integer);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_lt_scalar(TensorHandle a, double b, int integer);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_le_scalar(TensorHandle a, double b, int integer);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_gt_scalar(TensorHandle a, double b, int integer);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_ge_scalar(TensorHandle a, double b, int integer);

    // layers.cpp
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_linear(TensorHandle x, TensorHandle weight, TensorHandle bias);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_conv2d(TensorHandle x, TensorHandle weight, TensorHandle bias, long* stride, long* padding, long* dilation, long groups);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_batch_norm(TensorHandle x, TensorHandle weight, TensorHandle bias, TensorHandle mean, TensorHandle var, int training, double momentum, double eps);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_layer_norm(TensorHandle x, long* shape, long n, TensorHandle weight, TensorHandle bias, double eps);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_max_pool2d(TensorHandle x, long* kernel, long* stride, long* padding);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_avg_pool2d(TensorHandle x, long* kernel, long* stride, long* padding);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_adaptive_avg_pool2d(TensorHandle x, long* size);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_dropout(TensorHandle x, double p, int training);
    [DllImport(NativeLoader.Library)] public static extern int et_relu_(TensorHandle x);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_gelu(TensorHandle x);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_leaky_relu(TensorHandle x, double slope);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_softmax(TensorHandle x, long dim);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_log_softmax(TensorHandle x, long dim);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_embedding(TensorHandle weight, TensorHandle indices, long padding);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_cross_entropy(TensorHandle x, TensorHandle target, TensorHandle weight, long reduction, long ignore, double smoothing);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_nll_loss(TensorHandle x, TensorHandle target, TensorHandle weight, long reduction, long ignore);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_mse_loss(TensorHandle x, TensorHandle target, long reduction);
    [DllImport(NativeLoader.Library)] public static extern TensorHandle et_kl_div(TensorHandle x, TensorHandle target, long reduction, int log_target);
    [DllImport(NativeLoader.Library)] public static extern int et_lstm(TensorHandle x, TensorHandle h0, TensorHandle c0, nint* weights, long count, int bias, long layers, double dropout, int training, int bidirectional, int batch_first, nint* @out);

    // optimizers.cpp
    [DllImport(NativeLoader.Library)] public static extern int et_sgd_step(nint* @params, nint* buffers, long count, double lr, double momentum, double dampening, double decay, int nesterov, int maximize, int first);
    [DllImport(NativeLoader.Library)] public static extern int et_adam_step(nint* @params, nint* means, nint* squares, long count, double lr, double beta1, double beta2, double eps, double decay, int decoupled, int maximize, long t);
    [DllImport(NativeLoader.Library)] public static extern int et_zero_grad(nint* @params, long count);
    [DllImport(NativeLoader.Library)] public static extern int et_clip_grad_norm(nint* @params, long count, double max_norm, out double total);
}
