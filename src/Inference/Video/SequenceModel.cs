using Emotion.Features;
using Emotion.Inference.Sessions;

namespace Emotion.Inference.Video;

/// <summary>Embeddings of face frames in order of time -> LSTM -> posterior <c>[8]</c> and embedding. Thread-safe.</summary>
public sealed class SequenceModel : IDisposable
{
    /// <summary>Sequences of one run; more take several.</summary>
    private const int MaxRows = 32;

    private static readonly string[] InputNames = ["frames", "lengths"], OutputNames = ["posterior", "embedding"];

    private readonly GraphSession _graph;
    private readonly int _frameLength;

    internal SequenceModel(GraphSession graph, SequenceSpec spec, int frameLength)
    {
        if (spec.MinimumFaceFrames < 1 || spec.MaximumFaceFrames < spec.MinimumFaceFrames)
        {
            throw new UnservablePackageException(
                $"frontEnd.sequence needs 1 <= minimumFaceFrames <= maximumFaceFrames, not {spec.MinimumFaceFrames} and {spec.MaximumFaceFrames}.");
        }

        if (spec.Answer is not (null or SequenceSpec.Network or SequenceSpec.Mean))
        {
            throw new UnservablePackageException(
                $"frontEnd.sequence.answer is '{SequenceSpec.Network}' or '{SequenceSpec.Mean}', not '{spec.Answer}'.");
        }

        if (spec.MeanTemperature is not (null or (>= 0.01 and <= 100)))
        {
            throw new UnservablePackageException($"frontEnd.sequence.meanTemperature is from 0.01 to 100, not {spec.MeanTemperature}.");
        }

        _graph = graph;
        Spec = spec;
        _frameLength = frameLength;
        graph.RequireInput("frames", -1, -1, frameLength);
        graph.RequireInput("lengths", -1);
        graph.RequireOutput("posterior", -1, EmotionLabels.Count);
        EmbeddingLength = graph.RequireOutputLength("embedding");
    }

    public SequenceSpec Spec { get; }

    public int EmbeddingLength { get; }

    /// <summary>One answer per sequence; a sequence has at least one embedding.</summary>
    internal FaceAnswer[] Run(IReadOnlyList<List<float[]>> sequences) =>
        [.. sequences.Chunk(MaxRows).SelectMany(RunBatch)];

    /// <summary>One answer per sequence of readable face frames, at least one each, by what the spec says.</summary>
    internal FaceAnswer[] Answer(IReadOnlyList<List<FaceFrame>> sequences)
    {
        var answers = Run([.. sequences.Select(sequence => sequence.ConvertAll(frame => frame.Embedding))]);
        return Spec.Answer is SequenceSpec.Mean
            ? [.. answers.Select((answer, i) => answer with { Posterior = Mean(Taken(sequences[i]), Spec.MeanTemperature ?? 1) })]
            : answers;
    }

    /// <summary>What is read of a sequence: all of it, or of a longer one than the spec allows evenly spaced parts.</summary>
    internal IReadOnlyList<T> Taken<T>(List<T> sequence) => sequence.Count <= Spec.MaximumFaceFrames
        ? sequence
        : [.. Enumerable.Range(0, Spec.MaximumFaceFrames).Select(step => sequence[At(step, sequence.Count, Spec.MaximumFaceFrames)])];

    public void Dispose() => _graph.Dispose();

    private static int At(int step, int count, int taken) => (int)((long)step * count / taken);

    private static float[] Mean(IReadOnlyList<FaceFrame> frames, double temperature)
    {
        var mean = new float[EmotionLabels.Count];
        foreach (var frame in frames)
        {
            for (var label = 0; label < mean.Length; label++)
            {
                mean[label] += frame.Posterior[label] / frames.Count;
            }
        }

        if (temperature != 1)
        {
            var powers = Array.ConvertAll(mean, share => Math.Pow(share, 1 / temperature));
            var sum = powers.Sum();
            mean = Array.ConvertAll(powers, power => (float)(power / sum));
        }

        return mean;
    }

    private FaceAnswer[] RunBatch(List<float[]>[] sequences)
    {
        var time = Math.Min(Spec.MaximumFaceFrames, sequences.Max(sequence => sequence.Count));
        using var frames = new PooledTensor<float>(sequences.Length, time, _frameLength);
        using var lengths = new PooledTensor<int>(sequences.Length);
        using var posterior = new PooledTensor<float>(sequences.Length, EmotionLabels.Count);
        using var embedding = new PooledTensor<float>(sequences.Length, EmbeddingLength);
        frames.Span.Clear();
        for (var row = 0; row < sequences.Length; row++)
        {
            var sequence = sequences[row];
            var taken = Math.Min(time, sequence.Count);
            lengths.Span[row] = taken;
            for (var step = 0; step < taken; step++)
            {
                var frame = sequence[At(step, sequence.Count, taken)];
                frame.CopyTo(frames.Row(row).Slice(step * _frameLength, _frameLength));
            }
        }

        _graph.Run(InputNames, [frames.Value, lengths.Value], OutputNames, [posterior.Value, embedding.Value]);
        var answers = new FaceAnswer[sequences.Length];
        for (var row = 0; row < answers.Length; row++)
        {
            answers[row] = new FaceAnswer(posterior.Row(row).ToArray(), embedding.Row(row).ToArray());
        }

        return answers;
    }
}
