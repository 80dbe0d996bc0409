using TorchSharp.Modules;
using static TorchSharp.Native.NativeMethods;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>Stochastic gradient descent with momentum (Sutskever et al. 2013, in PyTorch's form) and L2 weight decay.</summary>
    public sealed unsafe class SGD : optim.Optimizer
    {
        public sealed class Options
        {
            public double? LearningRate { get; set; }
            public double? momentum { get; set; }
            public double? dampening { get; set; }
            public double? weight_decay { get; set; }
            public bool? nesterov { get; set; }
            public bool? maximize { get; set; }
        }

        public sealed class ParamGroup : Modules.ParamGroup
        {
            public ParamGroup(IEnumerable<Parameter> parameters, Options? options = null) : base(parameters)
            {
                Options = options ?? new Options();
                LearningRate = Options.LearningRate ?? 0;
            }

            public Options Options { get; }
            internal override double Momentum { get => Options.momentum ?? 0; set => Options.momentum = value; }
        }

        internal SGD(IEnumerable<ParamGroup> groups, double lr, double momentum, double dampening, double weight_decay, bool nesterov, bool maximize)
            : base(groups, lr)
        {
            foreach (var options in ParamGroups.Cast<ParamGroup>().Select(group => group.Options))
            {
                options.momentum ??= momentum;
                options.dampening ??= dampening;
                options.weight_decay ??= weight_decay;
                options.nesterov ??= nesterov;
                options.maximize ??= maximize;
                if (options.nesterov is true && (options.momentum is 0 || options.dampening is not 0))
                {
                    throw new ArgumentException("Nesterov momentum needs a momentum and no dampening.");
                }
            }
        }

        public override void step()
        {
            foreach (var group in ParamGroups.Cast<ParamGroup>())
            {
                EnsureState(group);
                var options = group.Options;
                Check(WithHandles(group.Parameters, parameters => WithHandles(group.State is [var buffers] ? buffers : [], buffers =>
                {
                    fixed (nint* p = parameters, b = buffers)
                    {
                        return et_sgd_step(p, b, parameters.Length, group.LearningRate, group.Momentum, options.dampening!.Value,
                            options.weight_decay!.Value, options.nesterov is true ? 1 : 0, options.maximize is true ? 1 : 0, group.Steps == 0 ? 1 : 0);
                    }
                })));
                group.Steps++;
            }
        }

        private protected override int StateCount(Modules.ParamGroup group) => group.Momentum == 0 ? 0 : 1;
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            public static SGD SGD(IEnumerable<Parameter> parameters, double learningRate, double momentum = 0, double dampening = 0,
                double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                SGD([new SGD.ParamGroup(parameters)], learningRate, momentum, dampening, weight_decay, nesterov, maximize);

            public static SGD SGD(IEnumerable<SGD.ParamGroup> parameters, double learningRate, double momentum = 0, double dampening = 0,
                double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);
        }
    }
}
