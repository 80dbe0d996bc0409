namespace Emotion.Training.Loop;

/// <summary>One batch, ready for the network. Every input is flat and has the shape <c>[Count, ...]</c> beside it.</summary>
/// <param name="Inputs">In the order that the network takes them.</param>
/// <param name="Targets">Probabilities <c>[Count, labels]</c>, flat: smoothed or mixed labels.</param>
public sealed record Batch(int Count, IReadOnlyList<BatchInput> Inputs, float[] Targets);

public sealed record BatchInput(float[] Values, long[] Shape);

/// <summary>The training part of a corpus as batches. Called from one background thread at a time.</summary>
public interface IExampleSource
{
    int Count { get; }

    /// <summary>Batches of one epoch, shuffled and changed by <paramref name="random"/> alone: the same seed gives the same numbers.</summary>
    IEnumerable<Batch> Epoch(int epoch, Random random);
}
