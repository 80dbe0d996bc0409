using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion.Training.Networks;

/// <summary>
/// The rival of the fully connected fusion: each modality's feature map and evidence are projected to <see cref="FusionNetworkSpec.Hidden"/> numbers, a
/// learned question says how much each projection counts (softmax over the present modalities; Bahdanau et al. 2015), and their weighted sum is
/// classified. It begins as the same product as <see cref="FusionNetwork"/> and learns by the same data, seed and budget.
/// </summary>
public sealed class AttentionFusion : EvidenceFusion
{
    private readonly Linear[] _projections;
    private readonly Linear _question, _classifier;
    private readonly Dropout _dropout;

    public AttentionFusion(FusionNetworkSpec spec) : base(nameof(AttentionFusion), spec)
    {
        var labels = spec.Modalities[0].Covered.Length;
        _projections = [.. spec.Modalities.Select(modality =>
        {
            var projection = Linear(modality.EmbeddingSize + labels, spec.Hidden);
            register_module($"projection_{modality.Name}", projection);
            return projection;
        })];
        _question = Linear(spec.Hidden, 1, hasBias: false);
        _classifier = Linear(spec.Hidden, labels);
        _dropout = Dropout(spec.Dropout);
        init.zeros_(_classifier.weight);
        init.zeros_(_classifier.bias!);
        register_module("question", _question);
        register_module("classifier", _classifier);
        register_module("dropout", _dropout);
    }

    protected override Tensor Correction(IReadOnlyList<FusedInput> inputs)
    {
        var projected = inputs.Select((input, m) => _projections[m].call(_dropout.call(cat([Scaled(m, input.Embedding, input.There), input.Evidence], 1))).relu()).ToList();
        var attention = Attention(projected, inputs);
        var attended = projected.Select((projection, m) => projection * attention.narrow(1, m, 1)).Aggregate((sum, next) => sum + next);
        return _classifier.call(_dropout.call(attended));
    }

    // [batch, modalities], adding up to 1 over the present ones.
    private Tensor Attention(IReadOnlyList<Tensor> projected, IReadOnlyList<FusedInput> inputs) => cat(
        [.. projected.Zip(inputs, (projection, input) =>
            _question.call(projection.tanh()) / Math.Sqrt(Spec.Hidden) + (1 - input.There) * CoveredMask.Uncovered)], 1).softmax(1);
}
