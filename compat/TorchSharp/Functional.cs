using TorchSharp.Native;
using static TorchSharp.Native.NativeMethods;

namespace TorchSharp;

public static partial class torch
{
    public static unsafe partial class nn
    {
        /// <summary>What a loss does with the values per example. The numbers are libtorch's.</summary>
        public enum Reduction : long
        {
            None = 0,
            Mean = 1,
            Sum = 2,
        }

        public static partial class functional
        {
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) =>
                new(et_linear(input.Handle, weights.Handle, Tensor.Optional(bias)));

            /// <summary>Strides, padding and dilation: one number for both directions, or {height, width}.</summary>
            public static Tensor conv2d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null,
                long[]? dilation = null, long groups = 1)
            {
                fixed (long* s = Pair(strides, 1), p = Pair(padding, 0), d = Pair(dilation, 1))
                {
                    return new Tensor(et_conv2d(input.Handle, weight.Handle, Tensor.Optional(bias), s, p, d, groups));
                }
            }

            public static Tensor batch_norm(Tensor input, Tensor running_mean, Tensor running_var, Tensor? weight = null, Tensor? bias = null,
                bool training = false, double momentum = 0.1, double eps = 1e-5) => new(et_batch_norm(input.Handle, Tensor.Optional(weight),
                    Tensor.Optional(bias), Tensor.Optional(running_mean), Tensor.Optional(running_var), training ? 1 : 0, momentum, eps));

            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5)
            {
                fixed (long* shape = normalized_shape)
                {
                    return new Tensor(et_layer_norm(input.Handle, shape, normalized_shape.Length, Tensor.Optional(weight), Tensor.Optional(bias), eps));
                }
            }

            public static Tensor max_pool2d(Tensor input, long[] kernel_size, long[]? strides = null, long[]? padding = null)
            {
                fixed (long* k = Pair(kernel_size, 1), s = Pair(strides ?? kernel_size, 1), p = Pair(padding, 0))
                {
                    return new Tensor(et_max_pool2d(input.Handle, k, s, p));
                }
            }

            public static Tensor avg_pool2d(Tensor input, long[] kernel_size, long[]? strides = null, long[]? padding = null)
            {
                fixed (long* k = Pair(kernel_size, 1), s = Pair(strides ?? kernel_size, 1), p = Pair(padding, 0))
                {
                    return new Tensor(et_avg_pool2d(input.Handle, k, s, p));
                }
            }

            public static Tensor adaptive_avg_pool2d(Tensor input, long[] output_size)
            {
                fixed (long* size = Pair(output_size, 1))
                {
                    return new Tensor(et_adaptive_avg_pool2d(input.Handle, size));
                }
            }

            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false) =>
                new(et_dropout(input.Handle, p, training ? 1 : 0));

            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? x.relu_() : x.relu();
            public static Tensor gelu(Tensor x) => new(et_gelu(x.Handle));
            public static Tensor leaky_relu(Tensor input, double negative_slope = 0.01) => new(et_leaky_relu(input.Handle, negative_slope));
            public static Tensor sigmoid(Tensor input) => input.sigmoid();
            public static Tensor tanh(Tensor x) => x.tanh();
            public static Tensor softmax(Tensor input, long dim) => input.softmax(dim);
            public static Tensor log_softmax(Tensor input, long dim) => input.log_softmax(dim);
            public static Tensor embedding(Tensor input, Tensor weight, long padding_idx = -1) => new(et_embedding(weight.Handle, input.Handle, padding_idx));

            /// <summary>Pads from the last dimension backwards: {left, right, top, bottom, ...}.</summary>
            public static Tensor pad(Tensor input, long[] pad, double value = 0)
            {
                fixed (long* p = pad)
                {
                    return new Tensor(et_pad(input.Handle, p, pad.Length, value));
                }
            }

            /// <summary>Logits [batch, classes] against class numbers [batch] (int64) or probabilities [batch, classes].</summary>
            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100,
                Reduction reduction = Reduction.Mean, double label_smoothing = 0.0) =>
                new(et_cross_entropy(input.Handle, target.Handle, Tensor.Optional(weight), (long)reduction, ignore_index, label_smoothing));

            /// <summary>Log-probabilities [batch, classes] against class numbers [batch] (int64).</summary>
            public static Tensor nll_loss(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean, long ignore_index = -100) =>
                new(et_nll_loss(input.Handle, target.Handle, Tensor.Optional(weight), (long)reduction, ignore_index));

            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                new(et_mse_loss(input.Handle, target.Handle, (long)reduction));

            /// <summary>Input: log-probabilities. Target: probabilities, or log-probabilities with <paramref name="log_target"/>.</summary>
            public static Tensor kl_div(Tensor input, Tensor target, bool log_target = false, Reduction reduction = Reduction.Mean) =>
                new(et_kl_div(input.Handle, target.Handle, (long)reduction, log_target ? 1 : 0));

            private static long[] Pair(long[]? values, long otherwise) => values switch
            {
                null => [otherwise, otherwise],
                [var both] => [both, both],
                [_, _] => values,
                _ => throw new ArgumentException($"A pair {{height, width}} or one number for both is needed, not {values.Length} numbers."),
            };
        }

        public static partial class utils
        {
            /// <summary>Scales all gradients together to at most this 2-norm; answers the norm before.</summary>
            public static double clip_grad_norm_(IEnumerable<Modules.Parameter> tensors, double max_norm)
            {
                double total = 0;
                Check(WithHandles([.. tensors], handles =>
                {
                    fixed (nint* p = handles)
                    {
                        return et_clip_grad_norm(p, handles.Length, max_norm, out total);
                    }
                }));
                return total;
            }
        }
    }
}
