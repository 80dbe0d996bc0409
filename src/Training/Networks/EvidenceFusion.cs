using Emotion.Inference.Fusion;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion.Training.Networks;

/// <summary>One modality as fusion sees it.</summary>
/// <param name="Name">Its input's name.</param>
/// <param name="EmbeddingSize">Length of its feature map.</param>
/// <param name="Covered">The labels that it knows, as a mask: of the others its posterior says nothing.</param>
public sealed record FusedModality(string Name, int EmbeddingSize, bool[] Covered);

/// <param name="Modalities">In the order of all inputs.</param>
/// <param name="Hidden">Width of the fully connected layer.</param>
/// <param name="Dropout">Of the concatenated inputs and of the hidden layer, when training.</param>
public sealed record FusionNetworkSpec(IReadOnlyList<FusedModality> Modalities, int Hidden, double Dropout);

/// <summary>What a fusion gets of one modality.</summary>
/// <param name="Embedding">[batch, embedding], its feature map as it came; anything finite where absent.</param>
/// <param name="Evidence">[batch, labels]; 0 where absent.</param>
/// <param name="There">[batch, 1], 1 or 0.</param>
public sealed record FusedInput(Tensor Embedding, Tensor Evidence, Tensor There);

/// <summary>
/// What all learned fusions are alike in. Evidence of a posterior p over n covered labels is ln(n p), and 0 for labels that it does not cover: a
/// likelihood ratio of 1. The logits are the weighted sum of the evidence (at first: the product of the posteriors) plus a
/// <see cref="Correction"/> (at first: nothing), so that a small training set has to learn only where the product is wrong. Each subset of the modalities has
/// weights of its own: two that err alike count for less together than with a third that errs otherwise.
/// <para>
/// The correction counts where there are several modalities, and as much as <see cref="Share"/> says. One by itself answers as its own model does, which has seen far more than fusion; and a
/// label that only one covers is never answered with several in training, so that nothing is ever added for or against it.
/// </para>
/// </summary>
public abstract class EvidenceFusion : Module<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>, Tensor, Tensor>
{
    /// <summary>No posterior counts as less: one modality alone cannot rule a label out.</summary>
    public const double LeastPosterior = PosteriorProduct.LeastPosterior;

    private readonly Parameter[] _powers;
    private readonly Tensor[] _means, _scales, _covered;
    private readonly float[] _shares;

    protected EvidenceFusion(string name, FusionNetworkSpec spec) : base(name)
    {
        Spec = spec;
        _powers = Each("power", _ => Parameter(ones(1 << spec.Modalities.Count)));
        _means = Buffers(spec, "mean", m => zeros(m.EmbeddingSize));
        _scales = Buffers(spec, "scale", m => ones(m.EmbeddingSize));
        _covered = Buffers(spec, "covered", m => tensor(Array.ConvertAll(m.Covered, covered => covered ? 1f : 0f)));
        _shares = [.. Enumerable.Range(0, 1 << spec.Modalities.Count).Select(bits => int.PopCount(bits) > 1 ? 1f : 0f)];
    }

    public FusionNetworkSpec Spec { get; }

    /// <summary>Per modality [2^modalities]: the power that its posterior is raised to, by the bits of which modalities are there.</summary>
    public IReadOnlyList<Parameter> Powers => _powers;

    /// <summary>How much of the correction counts, by the same bits; 0 where there is one modality or none. Fitted after training, and no part of its state.</summary>
    public IReadOnlyList<float> Shares => _shares;

    public IReadOnlyList<Tensor> Means => _means;
    public IReadOnlyList<Tensor> Scales => _scales;

    /// <summary>Has the feature map of a modality enter as (x - mean) * scale, so that all have about the same size.</summary>
    /// <param name="modality">Index into the spec's modalities.</param>
    /// <param name="embeddings">[examples, embedding], of the training part only.</param>
    public void Standardise(int modality, Tensor embeddings)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        _means[modality].copy_(embeddings.mean([0]));
        _scales[modality].copy_((embeddings.var(0) + 1e-4).rsqrt());
    }

    /// <summary>Has so much of the correction count where these modalities, several, are there.</summary>
    /// <param name="subset">Bits.</param>
    /// <param name="share">From 0, the weighted evidence alone, to 1, as it was trained.</param>
    public void Share(int subset, double share) => _shares[subset] = int.PopCount(subset) > 1 ? (float)share : 0;

    /// <param name="shares">Of each subset, by its bits, from 1 on.</param>
    public void Share(IReadOnlyList<double> shares)
    {
        for (var subset = 1; subset <= shares.Count; subset++)
        {
            Share(subset, shares[subset - 1]);
        }
    }

    /// <param name="embeddings">Per modality [batch, embedding]; anything finite where absent.</param>
    /// <param name="posteriors">Per modality [batch, labels]; anything finite and not negative where absent.</param>
    /// <param name="present">[batch, modalities], 1 or 0.</param>
    /// <returns>Logits [batch, labels].</returns>
    public sealed override Tensor forward(IReadOnlyList<Tensor> embeddings, IReadOnlyList<Tensor> posteriors, Tensor present)
    {
        var inputs = new List<FusedInput>();
        Tensor? product = null;
        using var places = tensor([.. Spec.Modalities.Select((_, m) => (float)(1 << m))], [Spec.Modalities.Count, 1]);
        var subset = present.matmul(places).to(ScalarType.Int64).squeeze(1);
        for (var m = 0; m < Spec.Modalities.Count; m++)
        {
            var there = present.narrow(1, m, 1);
            var evidence = Evidence(m, posteriors[m]) * there;
            var weighted = evidence * _powers[m].index_select(0, subset).unsqueeze(1);
            product = product is null ? weighted : product + weighted;
            inputs.Add(new FusedInput(embeddings[m], evidence, there));
        }

        using var shares = tensor(_shares);
        return product! + Correction(inputs) * shares.index_select(0, subset).unsqueeze(1);
    }

    /// <param name="inputs">Per modality.</param>
    /// <returns>[batch, labels], all 0 before any training.</returns>
    protected abstract Tensor Correction(IReadOnlyList<FusedInput> inputs);

    /// <summary>(x - mean) * scale, and 0 where absent.</summary>
    protected Tensor Scaled(int modality, Tensor embedding, Tensor there) => (embedding - _means[modality]) * _scales[modality] * there;

    /// <summary>One parameter for each modality, registered by its name.</summary>
    protected Parameter[] Each(string what, Func<FusedModality, Parameter> make) => [.. Spec.Modalities.Select(modality =>
    {
        var parameter = make(modality);
        register_parameter($"{what}_{modality.Name}", parameter);
        return parameter;
    })];

    internal Tensor Evidence(int modality, Tensor posterior)
    {
        var labels = Spec.Modalities[modality].Covered.Count(covered => covered);
        return (posterior.clamp(LeastPosterior, 1).log() + Math.Log(labels)) * _covered[modality];
    }

    private Tensor[] Buffers(FusionNetworkSpec spec, string what, Func<FusedModality, Tensor> make) => [.. spec.Modalities.Select(modality =>
    {
        var buffer = make(modality);
        register_buffer($"{what}_{modality.Name}", buffer);
        return buffer;
    })];
}
