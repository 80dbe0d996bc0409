using Emotion.Features;
using Emotion.Training.Augmentation;
using Emotion.Training.Recipes;

namespace Emotion.Training.Loop;

/// <summary>Numbers that stand for a labelled clip.</summary>
/// <param name="Versions">Of the clip itself, and behind it of its changed copies.</param>
public sealed record FeatureExample(int Label, IReadOnlyList<float[]> Versions);

/// <summary>Such clips as batches <c>[batch, numbers]</c>, of each a version drawn anew each time, in part mixed in pairs.</summary>
/// <param name="covered">The labels that smoothing spreads over.</param>
public sealed class FeatureExamples(IReadOnlyList<FeatureExample> examples, TrainingSpec spec, bool[] covered) : IExampleSource
{
    public int Count => examples.Count;

    public IEnumerable<Batch> Epoch(int epoch, Random random)
    {
        var order = Enumerable.Range(0, examples.Count).ToArray();
        random.Shuffle(order);
        var dimension = examples[0].Versions[0].Length;
        foreach (var chunk in order.Chunk(spec.BatchSize).Where(chunk => chunk.Length > spec.BatchSize / 2))
        {
            var values = new float[chunk.Length * dimension];
            var targets = new float[chunk.Length * EmotionLabels.Count];
            for (var i = 0; i < chunk.Length; i++)
            {
                var example = examples[chunk[i]];
                example.Versions[random.Next(example.Versions.Count)].CopyTo(values, i * dimension);
                Targets.Smooth(example.Label, spec.LabelSmoothing, covered, targets.AsSpan(i * EmotionLabels.Count, EmotionLabels.Count));
            }

            if (spec.Mixup > 0)
            {
                Mixup.Apply(chunk.Length, spec.Mixup, random, values, targets);
            }

            yield return new Batch(chunk.Length, [new BatchInput(values, [chunk.Length, dimension])], targets);
        }
    }

    /// <summary>Rows unchanged, in order.</summary>
    public static Batch Plain(IReadOnlyList<float[]> rows) =>
        new(rows.Count, [new BatchInput([.. rows.SelectMany(row => row)], [rows.Count, rows[0].Length])], []);
}
