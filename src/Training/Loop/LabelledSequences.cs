using Emotion.Training.Recipes;

namespace Emotion.Training.Loop;

/// <summary>Sequences of face embeddings in batches, each once in an epoch.</summary>
/// <param name="longest">Face frames that the network takes.</param>
/// <param name="covered">Labels that there are.</param>
public sealed class LabelledSequences(IReadOnlyList<EmbeddedSequence> sequences, TrainingSpec training, int longest, bool[] covered) : IExampleSource
{
    public int Count => sequences.Count;

    public IEnumerable<Batch> Epoch(int epoch, Random random)
    {
        var order = sequences.ToArray();
        random.Shuffle(order);
        return order.Chunk(training.BatchSize).Select(chunk => FaceSequences.Batched(chunk, longest, training.LabelSmoothing, covered));
    }
}
