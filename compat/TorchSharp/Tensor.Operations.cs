using TorchSharp.Native;
using static TorchSharp.Native.NativeMethods;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        // Shape. Views share memory with their source.
        public Tensor reshape(params long[] shape) => WithSizes(shape, (p, n) => et_reshape(Handle, p, n));
        public Tensor view(params long[] shape) => WithSizes(shape, (p, n) => et_view(Handle, p, n));
        public Tensor permute(params long[] permutation) => WithSizes(permutation, (p, n) => et_permute(Handle, p, n));
        public Tensor expand(params long[] sizes) => WithSizes(sizes, (p, n) => et_expand(Handle, p, n));
        public Tensor repeat(params long[] sizes) => WithSizes(sizes, (p, n) => et_repeat(Handle, p, n));
        public Tensor flip(params long[] dims) => WithSizes(dims, (p, n) => et_flip(Handle, p, n));
        public Tensor transpose(long dim0, long dim1) => new(et_transpose(Handle, dim0, dim1));
        public Tensor t() => transpose(0, 1);
        public Tensor flatten(long start_dim = 0, long end_dim = -1) => new(et_flatten(Handle, start_dim, end_dim));
        public Tensor unsqueeze(long dim) => new(et_unsqueeze(Handle, dim));
        public Tensor squeeze(long dim) => new(et_squeeze(Handle, dim));
        public Tensor narrow(long dim, long start, long length) => new(et_narrow(Handle, dim, start, length));
        public Tensor slice(long dim, long start, long finish, long step) => new(et_slice(Handle, dim, start, finish, step));
        public Tensor select(long dim, long index) => new(et_select(Handle, dim, index));
        public Tensor index_select(long dim, Tensor index) => new(et_index_select(Handle, dim, index.Handle));
        public Tensor gather(long dim, Tensor index) => new(et_gather(Handle, dim, index.Handle));

        public Tensor this[params TensorIndex[] indices]
        {
            get
            {
                var covered = indices.Count(index => index.Type is TensorIndex.Kind.Single or TensorIndex.Kind.Slice);
                var result = alias();
                long dim = 0;
                foreach (var index in indices)
                {
                    if (index.Type is TensorIndex.Kind.Ellipsis)
                    {
                        dim += ndim - covered;
                        continue;
                    }

                    using var before = result;
                    result = index.Type switch
                    {
                        TensorIndex.Kind.Single => before.select(dim, index.Start),
                        TensorIndex.Kind.Slice => before.slice(dim++, index.Start, index.Stop, index.Step),
                        _ => before.unsqueeze(dim++),
                    };
                }

                return result;
            }
        }

        // Arithmetic, element by element with broadcasting.
        public Tensor neg() => new(et_neg(Handle));
        public Tensor abs() => new(et_abs(Handle));
        public Tensor exp() => new(et_exp(Handle));
        public Tensor log() => new(et_log(Handle));
        public Tensor sqrt() => new(et_sqrt(Handle));
        public Tensor rsqrt() => new(et_rsqrt(Handle));
        public Tensor square() => new(et_square(Handle));
        public Tensor sin() => new(et_sin(Handle));
        public Tensor cos() => new(et_cos(Handle));
        public Tensor tanh() => new(et_tanh(Handle));
        public Tensor sigmoid() => new(et_sigmoid(Handle));
        public Tensor relu() => new(et_relu(Handle));
        public Tensor isfinite() => new(et_isfinite(Handle));
        public Tensor logical_not() => new(et_logical_not(Handle));
        public Tensor logical_and(Tensor other) => new(et_logical_and(Handle, other.Handle));
        public Tensor logical_or(Tensor other) => new(et_logical_or(Handle, other.Handle));

        public Tensor add(Tensor other) => new(et_add(Handle, other.Handle));
        public Tensor add(Scalar scalar) => new(et_add_scalar(Handle, scalar.Value, scalar.IsInteger));
        public Tensor sub(Tensor other) => new(et_sub(Handle, other.Handle));
        public Tensor sub(Scalar scalar) => new(et_sub_scalar(Handle, scalar.Value, scalar.IsInteger));
        public Tensor mul(Tensor other) => new(et_mul(Handle, other.Handle));
        public Tensor mul(Scalar scalar) => new(et_mul_scalar(Handle, scalar.Value, scalar.IsInteger));
        public Tensor div(Tensor other) => new(et_div(Handle, other.Handle));
        public Tensor div(Scalar scalar) => new(et_div_scalar(Handle, scalar.Value, scalar.IsInteger));
        public Tensor pow(Scalar exponent) => new(et_pow_scalar(Handle, exponent.Value, exponent.IsInteger));
        public Tensor matmul(Tensor other) => new(et_matmul(Handle, other.Handle));
        public Tensor mm(Tensor other) => matmul(other);
        public Tensor maximum(Tensor other) => new(et_maximum(Handle, other.Handle));
        public Tensor minimum(Tensor other) => new(et_minimum(Handle, other.Handle));
        public Tensor clamp(Scalar min, Scalar max) => new(et_clamp(Handle, min.Value, max.Value));
        public Tensor masked_fill(Tensor mask, Scalar value) => new(et_masked_fill(Handle, mask.Handle, value.Value));

        public Tensor eq(Tensor other) => new(et_eq(Handle, other.Handle));
        public Tensor eq(Scalar other) => new(et_eq_scalar(Handle, other.Value, other.IsInteger));
        public Tensor ne(Tensor other) => new(et_ne(Handle, other.Handle));
        public Tensor ne(Scalar other) => new(et_ne_scalar(Handle, other.Value, other.IsInteger));
        public Tensor lt(Tensor other) => new(et_lt(Handle, other.Handle));
        public Tensor lt(Scalar other) => new(et_lt_scalar(Handle, other.Value, other.IsInteger));
        public Tensor le(Tensor other) => new(et_le(Handle, other.Handle));
        public Tensor le(Scalar other) => new(et_le_scalar(Handle, other.Value, other.IsInteger));
        public Tensor gt(Tensor other) => new(et_gt(Handle, other.Handle));
        public Tensor gt(Scalar other) => new(et_gt_scalar(Handle, other.Value, other.IsInteger));
        public Tensor ge(Tensor other) => new(et_ge(Handle, other.Handle));
        public Tensor ge(Scalar other) => new(et_ge_scalar(Handle, other.Value, other.IsInteger));

        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);
        public static Tensor operator +(Tensor left, Scalar right) => left.add(right);
        public static Tensor operator +(Scalar left, Tensor right) => right.add(left);
        public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);
        public static Tensor operator -(Tensor left, Scalar right) => left.sub(right);
        public static Tensor operator -(Scalar left, Tensor right)
        {
            using var negated = right.neg();
            return negated.add(left);
        }

        public static Tensor operator -(Tensor tensor) => tensor.neg();
        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);
        public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);
        public static Tensor operator *(Scalar left, Tensor right) => right.mul(left);
        public static Tensor operator /(Tensor left, Tensor right) => left.div(right);
        public static Tensor operator /(Tensor left, Scalar right) => left.div(right);

        // In place; each returns this.
        public Tensor fill_(Scalar value) => Did(et_fill_(Handle, value.Value));
        public Tensor zero_() => fill_(0);
        public Tensor copy_(Tensor source) => Did(et_copy_(Handle, source.Handle));
        public Tensor add_(Tensor other) => Did(et_add_(Handle, other.Handle, 1));
        public Tensor add_(Tensor other, Scalar alpha) => Did(et_add_(Handle, other.Handle, alpha.Value));
        public Tensor mul_(Scalar scalar) => Did(et_mul_scalar_(Handle, scalar.Value));
        public Tensor normal_(double mean = 0, double stddev = 1) => Did(et_normal_(Handle, mean, stddev));
        public Tensor uniform_(double from, double to) => Did(et_uniform_(Handle, from, to));
        public Tensor bernoulli_(double p = 0.5) => Did(et_bernoulli_(Handle, p));
        public Tensor relu_() => Did(et_relu_(Handle));

        // Reductions.
        public Tensor sum() => new(et_sum_all(Handle));
        public Tensor sum(long dim, bool keepdim = false) => sum([dim], keepdim);
        public Tensor sum(long[] dim, bool keepdim = false) => WithSizes(dim, (p, n) => et_sum(Handle, p, n, keepdim ? 1 : 0));
        public Tensor mean() => new(et_mean_all(Handle));
        public Tensor mean(long[] dimensions, bool keepdim = false) => WithSizes(dimensions, (p, n) => et_mean(Handle, p, n, keepdim ? 1 : 0));
        public Tensor amax(long[] dims, bool keepdim = false) => WithSizes(dims, (p, n) => et_amax(Handle, p, n, keepdim ? 1 : 0));
        public Tensor var(long dim, bool unbiased = true, bool keepdim = false) => new(et_var(Handle, dim, unbiased ? 1 : 0, keepdim ? 1 : 0));
        public Tensor argmax(long dim, bool keepdim = false) => new(et_argmax(Handle, dim, keepdim ? 1 : 0));
        public Tensor logsumexp(long dim, bool keepdim = false) => new(et_logsumexp(Handle, dim, keepdim ? 1 : 0));
        public Tensor norm() => new(et_norm(Handle));
        public Tensor softmax(long dim) => new(et_softmax(Handle, dim));
        public Tensor log_softmax(long dim) => new(et_log_softmax(Handle, dim));

        private Tensor Did(int status)
        {
            Check(status);
            return this;
        }

        private delegate TensorHandle SizesCall(long* sizes, long count);

        private static Tensor WithSizes(long[] sizes, SizesCall call)
        {
            fixed (long* p = sizes)
            {
                return new Tensor(call(p, sizes.Length));
            }
        }
    }
}
