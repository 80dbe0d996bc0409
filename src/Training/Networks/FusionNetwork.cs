using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion.Training.Networks;

/// <summary>
/// Feature maps and posteriors of any non-empty subset of the modalities, concatenated -> fully connected -> logits <c>[batch, labels]</c>, as
/// <see cref="EvidenceFusion"/> says. A learned vector stands for an absent feature map.
/// </summary>
public sealed class FusionNetwork : EvidenceFusion
{
    private readonly Parameter[] _absent;
    private readonly Dropout _dropout;

    public FusionNetwork(FusionNetworkSpec spec) : base(nameof(FusionNetwork), spec)
    {
        var labels = spec.Modalities[0].Covered.Length;
        _absent = Each("absent", m => Parameter(zeros(m.EmbeddingSize)));
        Hidden = Linear(spec.Modalities.Sum(m => m.EmbeddingSize + labels), spec.Hidden);
        Classifier = Linear(spec.Hidden, labels);
        _dropout = Dropout(spec.Dropout);
        init.zeros_(Classifier.weight);
        init.zeros_(Classifier.bias!);
        register_module("hidden", Hidden);
        register_module("classifier", Classifier);
        register_module("dropout", _dropout);
    }

    public Linear Hidden { get; }
    public Linear Classifier { get; }

    /// <summary>Per modality: what stands for its feature map when it is absent; after scaling.</summary>
    public IReadOnlyList<Parameter> Absent => _absent;

    protected override Tensor Correction(IReadOnlyList<FusedInput> inputs)
    {
        var concatenated = cat([.. inputs.Index().SelectMany(one => new[]
        {
            FeatureMap(one.Index, one.Item.Embedding, one.Item.There), one.Item.Evidence,
        })], 1);
        return Classifier.call(_dropout.call(Hidden.call(_dropout.call(concatenated)).relu()));
    }

    internal Tensor FeatureMap(int modality, Tensor embedding, Tensor there) => Scaled(modality, embedding, there) + _absent[modality] * (1 - there);
}
