using Emotion.Features;
using Emotion.Training.Datasets;
using Emotion.Training.Networks;
using Emotion.Training.Recipes;
using static TorchSharp.torch;

namespace Emotion.Training.Loop;

/// <summary>Drawn tuples as batches: the embeddings of all modalities, then their posteriors, <c>present</c>, and the mask of allowed labels.</summary>
public sealed class EvidenceTuples(ModalityPools pools, FusionRecipe recipe) : IExampleSource
{
    private readonly PresenceDraw _presence = new(pools.Subsets, recipe.Presence);
    private readonly int[] _sizes = [.. pools.Modalities.Select(modality => modality.EmbeddingSize)];

    public int Count => recipe.TuplesPerEpoch;

    public IEnumerable<Batch> Epoch(int epoch, Random random) =>
        Enumerable.Range(0, Count).Select(_ => pools.Draw(_presence.Next(random), random)).Chunk(recipe.Training.BatchSize)
            .Select(chunk => Batched(chunk, _sizes, recipe.Training.LabelSmoothing));

    /// <param name="sizes">Of each modality's embedding.</param>
    public static Batch Batched(IReadOnlyList<EvidenceTuple> tuples, IReadOnlyList<int> sizes, double smoothing)
    {
        const int Labels = EmotionLabels.Count;
        var n = tuples.Count;
        var embeddings = sizes.Select(size => new BatchInput(new float[n * size], [n, size])).ToArray();
        var posteriors = sizes.Select(_ => new BatchInput(new float[n * Labels], [n, Labels])).ToArray();
        var present = new BatchInput(new float[n * sizes.Count], [n, sizes.Count]);
        var (mask, targets) = (new BatchInput(new float[n * Labels], [n, Labels]), new float[n * Labels]);
        for (var row = 0; row < n; row++)
        {
            var tuple = tuples[row];
            for (var m = 0; m < sizes.Count; m++)
            {
                if (tuple.Evidence[m] is { } evidence)
                {
                    evidence.Embedding.CopyTo(embeddings[m].Values, row * sizes[m]);
                    evidence.Posterior.CopyTo(posteriors[m].Values, row * Labels);
                    present.Values[row * sizes.Count + m] = 1;
                }
            }

            CoveredMask.Values(tuple.Allowed).CopyTo(mask.Values, row * Labels);
            Targets.Smooth(tuple.Label, smoothing, tuple.Allowed, targets.AsSpan(row * Labels, Labels));
        }

        return new Batch(n, [.. embeddings, .. posteriors, present, mask], targets);
    }

    /// <summary>Logits of a batch's inputs; labels that may not be answered are far below all others.</summary>
    public static Tensor Logits(EvidenceFusion network, IReadOnlyList<Tensor> inputs)
    {
        var m = network.Spec.Modalities.Count;
        return network.call([.. inputs.Take(m)], [.. inputs.Skip(m).Take(m)], inputs[2 * m]) + inputs[2 * m + 1];
    }
}
