using Emotion.Features;
using Emotion.Training.Datasets;

namespace Emotion.Training.Evaluation;

/// <summary>
/// Tuples in which one modality speaks of something else. In real noise, black pictures and other languages the models mostly abstain, which is
/// absence; this is what they let through, and, of sound, what they make of the test recordings under noise.
/// </summary>
public static class FusionNoise
{
    /// <summary>As sure as ever, of somebody with another label: the worst that a modality can do.</summary>
    public const string OtherLabel = "otherLabel";

    /// <summary>Every number of the feature map of another example, and all covered labels alike.</summary>
    public const string NoIdea = "noIdea";

    public static IReadOnlyList<EvidenceTuple> Of(
        string kind, ModalityPool modality, int index, IReadOnlyList<EvidenceTuple> tuples, Random random) =>
    [
        .. tuples.Select(tuple => tuple with
        {
            Evidence = [.. tuple.Evidence.Select((own, m) => m != index ? own : kind == OtherLabel ? Wrong(modality, tuple.Label, random) : Noise(modality, random))],
        }),
    ];

    /// <summary>In place of the sound what was heard of a recording of the same label under noise: nothing, where the model abstained.</summary>
    public static IReadOnlyList<EvidenceTuple> Of(NoisySpeech heard, int index, IReadOnlyList<EvidenceTuple> tuples, Random random)
    {
        var byLabel = heard.Answers.ToLookup(one => one.Label, one => one.Said).ToDictionary(some => some.Key, some => some.ToArray());
        return
        [
            .. tuples.Select(tuple =>
            {
                var said = byLabel[tuple.Label][random.Next(byLabel[tuple.Label].Length)];
                return tuple with { Evidence = [.. tuple.Evidence.Select((own, m) => m == index ? said : own)] };
            }),
        ];
    }

    private static Evidence Wrong(ModalityPool modality, int label, Random random)
    {
        int other;
        do
        {
            other = random.Next(EmotionLabels.Count);
        }
        while (other == label || !modality.Covered[other]);

        return modality.Draw(other, random);
    }

    private static Evidence Noise(ModalityPool modality, Random random)
    {
        var some = modality.Evidence;
        var covered = modality.Covered.Count(label => label);
        return new Evidence(
            -1, [.. Enumerable.Range(0, modality.EmbeddingSize).Select(i => some[random.Next(some.Count)].Embedding[i])],
            Array.ConvertAll(modality.Covered, label => label ? 1f / covered : 0));
    }
}
