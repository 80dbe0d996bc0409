using Emotion.Features;
using Emotion.Training.Datasets;
using Emotion.Training.Recipes;

namespace Emotion.Training.Loop;

/// <summary>A sequence of embeddings with its label.</summary>
public sealed record EmbeddedSequence(int Label, IReadOnlyList<float[]> Frames);

/// <summary>Composed and real sequences of face embeddings as batches <c>frames</c> <c>[batch, time, embedding]</c> and <c>lengths</c> <c>[batch]</c>.</summary>
public sealed class FaceSequences(
    StillPool<float[]> stills, IReadOnlyList<EmbeddedSequence> real, SequenceRecipe recipe, bool[] covered) : IExampleSource
{
    public int Count => recipe.Composition.SequencesPerEpoch + recipe.RealRepeats * real.Count;

    public IEnumerable<Batch> Epoch(int epoch, Random random)
    {
        var labels = stills.Labels;
        var sequences = new List<EmbeddedSequence>(Count);
        for (var i = 0; i < recipe.Composition.SequencesPerEpoch; i++)
        {
            var label = labels[i % labels.Count];
            sequences.Add(new EmbeddedSequence(label, stills.Compose(label, random)));
        }

        for (var repeat = 0; repeat < recipe.RealRepeats; repeat++)
        {
            sequences.AddRange(real);
        }

        var order = sequences.ToArray();
        random.Shuffle(order);
        return order.Chunk(recipe.Training.BatchSize).Select(chunk => Batched(chunk, recipe.Sequence.MaximumFaceFrames, recipe.Training.LabelSmoothing, covered));
    }

    /// <summary>Padded behind to the longest; of more frames than the network takes, evenly spaced ones, as serving does.</summary>
    public static Batch Batched(IReadOnlyList<EmbeddedSequence> sequences, int maximum, double smoothing, bool[] covered)
    {
        var time = Math.Min(maximum, sequences.Max(sequence => sequence.Frames.Count));
        var width = sequences[0].Frames[0].Length;
        var frames = new float[sequences.Count * time * width];
        var lengths = new float[sequences.Count];
        var targets = new float[sequences.Count * EmotionLabels.Count];
        for (var row = 0; row < sequences.Count; row++)
        {
            var sequence = sequences[row];
            var taken = Math.Min(time, sequence.Frames.Count);
            lengths[row] = taken;
            for (var step = 0; step < taken; step++)
            {
                sequence.Frames[(int)((long)step * sequence.Frames.Count / taken)].CopyTo(frames, (row * time + step) * width);
            }

            Targets.Smooth(sequence.Label, smoothing, covered, targets.AsSpan(row * EmotionLabels.Count, EmotionLabels.Count));
        }

        return new Batch(sequences.Count,
            [new BatchInput(frames, [sequences.Count, time, width]), new BatchInput(lengths, [sequences.Count])], targets);
    }
}
