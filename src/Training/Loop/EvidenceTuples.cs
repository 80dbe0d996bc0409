using Emotion.Features;
using Emotion.Training.Datasets;
using Emotion.Training.Networks;
using Emotion.Training.Recipes;

namespace Emotion.Training.Loop;

/// <summary>Drawn tuples as batches: both embeddings, both posteriors, <c>present</c> and the mask of allowed labels.</summary>
public sealed class EvidenceTuples(ModalityPools pools, FusionRecipe recipe, int audioSize, int videoSize) : IExampleSource
{
    public int Count => recipe.TuplesPerEpoch;

    public IEnumerable<Batch> Epoch(int epoch, Random random) =>
        Enumerable.Range(0, Count).Select(_ => pools.Draw(random)).Chunk(recipe.Training.BatchSize)
            .Select(chunk => Batched(chunk, audioSize, videoSize, recipe.Training.LabelSmoothing));

    public static Batch Batched(IReadOnlyList<EvidenceTuple> tuples, int audioSize, int videoSize, double smoothing)
    {
        const int Labels = EmotionLabels.Count;
        var (audio, video) = (new float[tuples.Count * audioSize], new float[tuples.Count * videoSize]);
        var (audioPosterior, videoPosterior) = (new float[tuples.Count * Labels], new float[tuples.Count * Labels]);
        var (present, mask, targets) = (new float[tuples.Count * 2], new float[tuples.Count * Labels], new float[tuples.Count * Labels]);
        for (var row = 0; row < tuples.Count; row++)
        {
            var tuple = tuples[row];
            Place(tuple.Audio, row, 0, audio, audioPosterior, present);
            Place(tuple.Video, row, 1, video, videoPosterior, present);
            CoveredMask.Values(tuple.Allowed).CopyTo(mask, row * Labels);
            Targets.Smooth(tuple.Label, smoothing, tuple.Allowed, targets.AsSpan(row * Labels, Labels));
        }

        var n = tuples.Count;
        return new Batch(n,
        [
            new(audio, [n, audioSize]), new(video, [n, videoSize]), new(audioPosterior, [n, Labels]), new(videoPosterior, [n, Labels]),
            new(present, [n, 2]), new(mask, [n, Labels]),
        ], targets);
    }

    private static void Place(Evidence? evidence, int row, int modality, float[] embeddings, float[] posteriors, float[] present)
    {
        if (evidence is not null)
        {
            evidence.Embedding.CopyTo(embeddings, row * evidence.Embedding.Length);
            evidence.Posterior.CopyTo(posteriors, row * EmotionLabels.Count);
            present[row * 2 + modality] = 1;
        }
    }
}
