using TorchSharp.Modules;
using static TorchSharp.Native.NativeMethods;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>Adam (Kingma and Ba 2015), and what AdamW shares with it.</summary>
    public unsafe class Adam : optim.Optimizer
    {
        public class Options
        {
            public double? LearningRate { get; set; }
            public double? beta1 { get; set; }
            public double? beta2 { get; set; }
            public double? eps { get; set; }
            public double? weight_decay { get; set; }
            public bool? maximize { get; set; }
        }

        public class ParamGroup : Modules.ParamGroup
        {
            public ParamGroup(IEnumerable<Parameter> parameters, Options? options = null) : base(parameters)
            {
                Options = options ?? new Options();
                LearningRate = Options.LearningRate ?? 0;
            }

            public Options Options { get; }
            internal override double Momentum { get => Options.beta1 ?? 0.9; set => Options.beta1 = value; }
        }

        private readonly bool _decoupled;

        internal Adam(IEnumerable<ParamGroup> groups, double lr, double beta1, double beta2, double eps, double weight_decay, bool maximize, bool decoupled)
            : base(groups, lr)
        {
            _decoupled = decoupled;
            foreach (var options in ParamGroups.Cast<ParamGroup>().Select(group => group.Options))
            {
                options.beta1 ??= beta1;
                options.beta2 ??= beta2;
                options.eps ??= eps;
                options.weight_decay ??= weight_decay;
                options.maximize ??= maximize;
            }
        }

        public override void step()
        {
            foreach (var group in ParamGroups.Cast<ParamGroup>())
            {
                EnsureState(group);
                group.Steps++;
                var options = group.Options;
                Check(WithHandles(group.Parameters, parameters => WithHandles(group.State[0], means => WithHandles(group.State[1], squares =>
                {
                    fixed (nint* p = parameters, m = means, v = squares)
                    {
                        return et_adam_step(p, m, v, parameters.Length, group.LearningRate, options.beta1!.Value, options.beta2!.Value,
                            options.eps!.Value, options.weight_decay!.Value, _decoupled ? 1 : 0, options.maximize is true ? 1 : 0, group.Steps);
                    }
                }))));
            }
        }

        private protected override int StateCount(Modules.ParamGroup group) => 2;
    }

    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019).</summary>
    public sealed class AdamW : Adam
    {
        public new sealed class Options : Adam.Options;

        public new sealed class ParamGroup(IEnumerable<Parameter> parameters, Options? options = null) : Adam.ParamGroup(parameters, options);

        internal AdamW(IEnumerable<Adam.ParamGroup> groups, double lr, double beta1, double beta2, double eps, double weight_decay, bool maximize)
            : base(groups, lr, beta1, beta2, eps, weight_decay, maximize, decoupled: true)
        {
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            public static Adam Adam(IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                Adam([new Adam.ParamGroup(parameters)], lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            public static Adam Adam(IEnumerable<Adam.ParamGroup> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, maximize || Refuse(amsgrad), decoupled: false);

            public static AdamW AdamW(IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                AdamW([new AdamW.ParamGroup(parameters)], lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            public static AdamW AdamW(IEnumerable<AdamW.ParamGroup> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, maximize || Refuse(amsgrad));

            private static bool Refuse(bool amsgrad) =>
                amsgrad ? throw new NotSupportedException("The AMSGrad variant is not part of this stand-in.") : false;
        }
    }
}
