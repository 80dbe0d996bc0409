using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            /// <summary>
            /// Sets the learning rate of every group from the number of steps done. Written in closed form, so that a run which
            /// resumes only has to say at which step (<c>last_epoch</c>).
            /// </summary>
            public abstract class LRScheduler
            {
                private readonly Optimizer _optimizer;
                private int _epoch;

                private protected LRScheduler(Optimizer optimizer, int last_epoch) => (_optimizer, _epoch) = (optimizer, last_epoch);

                private protected IReadOnlyList<ParamGroup> Groups => _optimizer.ParamGroups;

                public void step() => step(_epoch + 1);

                public void step(int? epoch)
                {
                    _epoch = epoch ?? _epoch + 1;
                    foreach (var group in Groups)
                    {
                        group.LearningRate = At(group.InitialLearningRate, _epoch);
                        if (MomentumAt(_epoch) is { } momentum)
                        {
                            group.Momentum = momentum;
                        }
                    }
                }

                public IEnumerable<double> get_last_lr() => Groups.Select(group => group.LearningRate);

                /// <summary>The rate after <paramref name="epoch"/> steps of a group that began with <paramref name="initial"/>.</summary>
                private protected abstract double At(double initial, int epoch);

                private protected virtual double? MomentumAt(int epoch) => null;
            }

            public static class impl
            {
                public sealed class LambdaLR : LRScheduler
                {
                    private readonly Func<int, double> _factor;

                    internal LambdaLR(Optimizer optimizer, Func<int, double> factor, int last_epoch) : base(optimizer, last_epoch)
                    {
                        _factor = factor;
                        step();
                    }

                    private protected override double At(double initial, int epoch) => initial * _factor(epoch);
                }

                public sealed class StepLR : LRScheduler
                {
                    private readonly int _size;
                    private readonly double _gamma;

                    internal StepLR(Optimizer optimizer, int size, double gamma, int last_epoch) : base(optimizer, last_epoch)
                    {
                        (_size, _gamma) = (size, gamma);
                        step();
                    }

                    private protected override double At(double initial, int epoch) => initial * Math.Pow(_gamma, epoch / _size);
                }

                /// <summary>Half a cosine from the initial rate to the least (Loshchilov and Hutter 2017, without restarts).</summary>
                public sealed class CosineAnnealingLR : LRScheduler
                {
                    private readonly double _length, _least;

                    internal CosineAnnealingLR(Optimizer optimizer, double length, double least, int last_epoch) : base(optimizer, last_epoch)
                    {
                        (_length, _least) = (length, least);
                        step();
                    }

                    private protected override double At(double initial, int epoch) =>
                        _least + ((initial - _least) * (1 + Math.Cos(Math.PI * epoch / _length)) / 2);
                }

                /// <summary>
                /// Smith and Topin 2018: along half cosines from max/div up to max over the first pct_start of the steps, then down
                /// to max/div/final_div; momentum the other way round.
                /// </summary>
                public sealed class OneCycleLR : LRScheduler
                {
                    private readonly double _max, _first, _last, _peak, _lowMomentum, _highMomentum;
                    private readonly int _total;
                    private readonly bool _cycleMomentum;

                    internal OneCycleLR(Optimizer optimizer, double max, int total, double start, bool cycleMomentum, double lowMomentum,
                        double highMomentum, double div, double finalDiv, int last_epoch) : base(optimizer, last_epoch)
                    {
                        if (total <= 0 || start is < 0 or > 1)
                        {
                            throw new ArgumentException("OneCycleLR needs a positive number of steps and a pct_start within 0 and 1.");
                        }

                        (_max, _first, _last) = (max, max / div, max / div / finalDiv);
                        (_total, _peak) = (total, (start * total) - 1);
                        (_cycleMomentum, _lowMomentum, _highMomentum) = (cycleMomentum, lowMomentum, highMomentum);
                        foreach (var group in Groups)
                        {
                            group.InitialLearningRate = _first;
                        }

                        step();
                    }

                    private protected override double At(double initial, int epoch) => Between(epoch, _first, _max, _last);

                    private protected override double? MomentumAt(int epoch) =>
                        _cycleMomentum ? Between(epoch, _highMomentum, _lowMomentum, _highMomentum) : null;

                    private double Between(int step, double first, double middle, double last)
                    {
                        if (step >= _total)
                        {
                            throw new InvalidOperationException($"Step {step} of a cycle of {_total} steps (0 to {_total - 1}).");
                        }

                        return step <= _peak
                            ? Cosine(first, middle, step / _peak)
                            : Cosine(middle, last, (step - _peak) / (_total - 1 - _peak));
                    }

                    private static double Cosine(double from, double to, double share) => to + ((from - to) * (1 + Math.Cos(Math.PI * share)) / 2);
                }
            }

            public static LRScheduler LambdaLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1) =>
                new impl.LambdaLR(optimizer, lr_lambda, last_epoch);

            public static LRScheduler StepLR(Optimizer optimizer, int step_size, double gamma = 0.1, int last_epoch = -1) =>
                new impl.StepLR(optimizer, step_size, gamma, last_epoch);

            public static LRScheduler CosineAnnealingLR(Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1) =>
                new impl.CosineAnnealingLR(optimizer, T_max, eta_min, last_epoch);

            public static LRScheduler OneCycleLR(Optimizer optimizer, double max_lr, int total_steps = -1, int epochs = -1, int steps_per_epoch = -1,
                double pct_start = 0.3, bool cycle_momentum = true, double base_momentum = 0.85, double max_momentum = 0.95, double div_factor = 25,
                double final_div_factor = 1e4, int last_epoch = -1) => new impl.OneCycleLR(optimizer, max_lr,
                    total_steps > 0 ? total_steps : epochs * steps_per_epoch, pct_start, cycle_momentum, base_momentum, max_momentum, div_factor,
                    final_div_factor, last_epoch);
        }
    }
}
