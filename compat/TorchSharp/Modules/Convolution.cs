using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules
{
    /// <summary>Input [batch, in, height, width], weight [out, in / groups, kernel, kernel].</summary>
    public sealed class Conv2d : Module<Tensor, Tensor>
    {
        internal Conv2d(long @in, long @out, (long, long) kernel, (long, long) stride, (long, long) padding, (long, long) dilation, long groups, bool bias)
            : base(nameof(Conv2d))
        {
            (in_channels, out_channels, this.groups) = (@in, @out, groups);
            (kernel_size, this.stride, this.padding, this.dilation) = (Pair(kernel), Pair(stride), Pair(padding), Pair(dilation));
            var fanIn = @in / groups * kernel.Item1 * kernel.Item2;
            weight = init.UniformParameter([@out, @in / groups, .. kernel_size], fanIn);
            this.bias = bias ? init.UniformParameter([@out], fanIn) : null;
            register_parameter(nameof(weight), weight);
            register_parameter(nameof(bias), this.bias);
        }

        public Parameter weight { get; }
        public Parameter? bias { get; }
        public long in_channels { get; }
        public long out_channels { get; }
        public long groups { get; }
        public long[] kernel_size { get; }
        public long[] stride { get; }
        public long[] padding { get; }
        public long[] dilation { get; }

        public override Tensor forward(Tensor input) => functional.conv2d(input, weight, bias, stride, padding, dilation, groups);

        private static long[] Pair((long, long) pair) => [pair.Item1, pair.Item2];
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Conv2d Conv2d(long in_channels, long out_channels, long kernelSize, long stride = 1, long padding = 0, long dilation = 1,
                long groups = 1, bool bias = true) =>
                new(in_channels, out_channels, (kernelSize, kernelSize), (stride, stride), (padding, padding), (dilation, dilation), groups, bias);

            public static Conv2d Conv2d(long in_channels, long out_channels, (long, long) kernelSize, (long, long)? stride = null,
                (long, long)? padding = null, (long, long)? dilation = null, long groups = 1, bool bias = true) =>
                new(in_channels, out_channels, kernelSize, stride ?? (1, 1), padding ?? (0, 0), dilation ?? (1, 1), groups, bias);
        }
    }
}
