using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules
{
    /// <summary>Softmax and negative log-likelihood of logits [batch, classes] against class numbers [batch] or probabilities [batch, classes].</summary>
    public sealed class CrossEntropyLoss : Module<Tensor, Tensor, Tensor>
    {
        private readonly long _ignore;
        private readonly Reduction _reduction;
        private readonly double _smoothing;

        internal CrossEntropyLoss(Tensor? weight, long ignore, Reduction reduction, double smoothing) : base(nameof(CrossEntropyLoss))
        {
            (this.weight, _ignore, _reduction, _smoothing) = (weight, ignore, reduction, smoothing);
            if (weight is not null)
            {
                register_buffer(nameof(weight), weight);
            }
        }

        public Tensor? weight { get; }

        public override Tensor forward(Tensor input, Tensor target) =>
            functional.cross_entropy(input, target, weight, _ignore, _reduction, _smoothing);
    }

    public sealed class MSELoss : Module<Tensor, Tensor, Tensor>
    {
        private readonly Reduction _reduction;
        internal MSELoss(Reduction reduction) : base(nameof(MSELoss)) => _reduction = reduction;
        public override Tensor forward(Tensor input, Tensor target) => functional.mse_loss(input, target, _reduction);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.CrossEntropyLoss CrossEntropyLoss(Tensor? weight = null, long? ignore_index = null, double label_smoothing = 0.0,
                Reduction reduction = Reduction.Mean) => new(weight, ignore_index ?? -100, reduction, label_smoothing);

            public static Modules.MSELoss MSELoss(Reduction reduction = Reduction.Mean) => new(reduction);
        }
    }
}
