using Emotion.Features;
using Emotion.Training.Augmentation;
using Emotion.Training.Datasets;
using Emotion.Training.Recipes;

namespace Emotion.Training.Loop;

/// <summary>What the encoder heard of labelled recordings, of a copy drawn anew each time, as batches <c>[batch, dimension]</c>, in part mixed in pairs.</summary>
public sealed class SpokenExamples(IReadOnlyList<SpeechRecording> recordings, EncoderFeatures features, TrainingSpec spec) : IExampleSource
{
    private static readonly bool[] Covered = EmotionLabels.Mask(CorpusLabels.Ravdess.Covered);

    public int Count => recordings.Count;

    public IEnumerable<Batch> Epoch(int epoch, Random random)
    {
        var order = Enumerable.Range(0, recordings.Count).ToArray();
        random.Shuffle(order);
        foreach (var chunk in order.Chunk(spec.BatchSize).Where(chunk => chunk.Length > spec.BatchSize / 2))
        {
            var values = new float[chunk.Length * features.Dimension];
            var targets = new float[chunk.Length * EmotionLabels.Count];
            for (var i = 0; i < chunk.Length; i++)
            {
                var recording = recordings[chunk[i]];
                features.Of(recording.Name, random.Next(features.Copies + 1)).CopyTo(values.AsSpan(i * features.Dimension));
                Targets.Smooth(recording.Label, spec.LabelSmoothing, Covered, targets.AsSpan(i * EmotionLabels.Count, EmotionLabels.Count));
            }

            if (spec.Mixup > 0)
            {
                Mixup.Apply(chunk.Length, spec.Mixup, random, values, targets);
            }

            yield return new Batch(chunk.Length, [new BatchInput(values, [chunk.Length, features.Dimension])], targets);
        }
    }

    /// <summary>The recordings unchanged, in order.</summary>
    public static Batch Plain(IReadOnlyList<SpeechRecording> recordings, EncoderFeatures features) => new(
        recordings.Count,
        [new BatchInput([.. recordings.SelectMany(recording => features.Of(recording.Name).ToArray())], [recordings.Count, features.Dimension])],
        []);
}
