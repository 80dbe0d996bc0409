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

    public void Dispose() => _graph.Dispose();

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
                var frame = sequence[(int)((long)step * sequence.Count / taken)];
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
