using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules
{
    /// <summary>Normalises each channel (dimension 1) by the batch's moments when training, by running moments otherwise.</summary>
    public abstract class BatchNorm : Module<Tensor, Tensor>
    {
        private readonly int[] _ranks;

        private protected BatchNorm(string name, int[] ranks, long features, double eps, double momentum, bool affine) : base(name)
        {
            (_ranks, this.eps, this.momentum) = (ranks, eps, momentum);
            weight = affine ? Parameter(ones(features)) : null;
            bias = affine ? Parameter(zeros(features)) : null;
            running_mean = zeros(features);
            running_var = ones(features);
            register_parameter(nameof(weight), weight);
            register_parameter(nameof(bias), bias);
            register_buffer(nameof(running_mean), running_mean);
            register_buffer(nameof(running_var), running_var);
        }

        public Parameter? weight { get; }
        public Parameter? bias { get; }
        public Tensor running_mean { get; }
        public Tensor running_var { get; }
        public double eps { get; }
        public double momentum { get; }

        public override Tensor forward(Tensor input) => _ranks.Contains((int)input.ndim)
            ? functional.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
            : throw new ArgumentException($"{GetName()} takes input of rank {string.Join(" or ", _ranks)}, not {input.ndim}.");
    }

    /// <summary>Over [batch, features] or [batch, features, length].</summary>
    public sealed class BatchNorm1d : BatchNorm
    {
        internal BatchNorm1d(long features, double eps, double momentum, bool affine) : base(nameof(BatchNorm1d), [2, 3], features, eps, momentum, affine) { }
    }

    /// <summary>Over [batch, features, height, width].</summary>
    public sealed class BatchNorm2d : BatchNorm
    {
        internal BatchNorm2d(long features, double eps, double momentum, bool affine) : base(nameof(BatchNorm2d), [4], features, eps, momentum, affine) { }
    }

    /// <summary>Normalises over the last dimensions.</summary>
    public sealed class LayerNorm : Module<Tensor, Tensor>
    {
        private readonly long[] _shape;
        private readonly double _eps;

        internal LayerNorm(long[] shape, double eps) : base(nameof(LayerNorm))
        {
            (_shape, _eps) = (shape, eps);
            weight = Parameter(ones(shape));
            bias = Parameter(zeros(shape));
            register_parameter(nameof(weight), weight);
            register_parameter(nameof(bias), bias);
        }

        public Parameter weight { get; }
        public Parameter bias { get; }

        public override Tensor forward(Tensor input) => functional.layer_norm(input, _shape, weight, bias, _eps);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static BatchNorm1d BatchNorm1d(long features, double eps = 1e-5, double momentum = 0.1, bool affine = true) =>
                new(features, eps, momentum, affine);

            public static BatchNorm2d BatchNorm2d(long features, double eps = 1e-5, double momentum = 0.1, bool affine = true) =>
                new(features, eps, momentum, affine);

            public static LayerNorm LayerNorm(long normalized_shape, double eps = 1e-5) => new([normalized_shape], eps);
            public static LayerNorm LayerNorm(long[] normalized_shape, double eps = 1e-5) => new(normalized_shape, eps);
        }
    }
}
