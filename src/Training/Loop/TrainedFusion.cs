using Emotion.Training.Datasets;
using Emotion.Training.Networks;
using static TorchSharp.torch;

namespace Emotion.Training.Loop;

/// <summary>A learned fusion as it was trained, before any export.</summary>
/// <param name="create">The kind of network.</param>
/// <param name="spec">Its shape.</param>
/// <param name="run">Of its training.</param>
public sealed class TrainedFusion(Func<FusionNetworkSpec, EvidenceFusion> create, FusionNetworkSpec spec, RunFolder run)
{
    private const int BatchSize = 256;

    /// <summary>Posteriors at temperature 1, over the labels that a tuple allows.</summary>
    /// <param name="share">Of the correction, for every subset of several modalities.</param>
    public IReadOnlyList<float[]> Answers(IReadOnlyList<EvidenceTuple> tuples, double share = 1) =>
        Answers(tuples, [.. Enumerable.Repeat(share, (1 << spec.Modalities.Count) - 1)]);

    /// <summary>Posteriors at temperature 1, over the labels that a tuple allows.</summary>
    /// <param name="shares">Of the correction, by subset in the order of <see cref="ModalitySubset.Of"/>.</param>
    public IReadOnlyList<float[]> Answers(IReadOnlyList<EvidenceTuple> tuples, IReadOnlyList<double> shares)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var network = create(spec);
        network.load(run.Best);
        network.eval();
        network.Share(shares);
        return Posteriors.Of(TraineeOf(network, null), Batches(tuples, spec)).Rows;
    }

    public static IEnumerable<Batch> Batches(IReadOnlyList<EvidenceTuple> tuples, FusionNetworkSpec spec)
    {
        int[] sizes = [.. spec.Modalities.Select(modality => modality.EmbeddingSize)];
        return tuples.Chunk(BatchSize).Select(chunk => EvidenceTuples.Batched(chunk, sizes, 0));
    }

    public static Trainee TraineeOf(EvidenceFusion network, Trainee? average) => new(network, inputs => EvidenceTuples.Logits(network, inputs), average);
}
