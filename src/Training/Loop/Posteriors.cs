using Emotion.Training.Evaluation;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion.Training.Loop;

/// <summary>What a network under training says of examples: for selection only, never a reported figure.</summary>
public sealed record Posteriors(IReadOnlyList<float[]> Rows)
{
    public static Posteriors Of(Trainee trainee, IEnumerable<Batch> batches)
    {
        var rows = new List<float[]>();
        foreach (var batch in batches)
        {
            using var scope = NewDisposeScope();
            var logits = trainee.Logits(batch.Inputs.Select(input => tensor(input.Values, input.Shape)).ToList());
            var values = logits.softmax(1).data<float>().ToArray();
            rows.AddRange(values.Chunk(values.Length / batch.Count));
        }

        return new Posteriors(rows);
    }

    public Scores Scored(IReadOnlyList<int> labels, bool[]? covered) => Scores.Of(Rows, labels, covered);
}
