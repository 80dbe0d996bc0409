using System.Buffers;
using System.Diagnostics;
using Emotion.Features;
using Emotion.Features.Words;
using Emotion.Inference.Sessions;

namespace Emotion.Inference.Text;

/// <summary>What the words of a text carry.</summary>
/// <param name="Posterior">[8], of the one label that it carries most; 0 for labels that are not covered.</param>
/// <param name="Each">[8], the probability of each label by itself: a text may carry several.</param>
/// <param name="Embedding">The text's feature map.</param>
public sealed record TextReading(float[] Posterior, float[] Each, float[] Embedding);

/// <summary>
/// Emotion by words: a text as numbers of pieces, <c>pieces [batch, time]</c>, to <c>posterior</c> and <c>each</c> <c>[batch, 8]</c> and <c>embedding</c>.
/// Any number of threads at once.
/// </summary>
public sealed class TextClassifier : IDisposable
{
    private static readonly string[] InputNames = ["pieces"], OutputNames = ["posterior", "each", "embedding"];

    private static readonly KeyValuePair<string, object?> Tag = new("model", TextModel.ModelName);

    private readonly GraphSession _graph;
    private readonly WordPieces _pieces;
    private readonly int _batchSize;

    /// <param name="graph">Disposed with this.</param>
    /// <param name="batchSize">Texts in one run of the graph at most.</param>
    /// <exception cref="UnservablePackageException">It is another graph.</exception>
    /// <exception cref="ArgumentException">The spec contradicts itself.</exception>
    public TextClassifier(GraphSession graph, WordPieces pieces, TextClassifierSpec spec, int batchSize)
    {
        (_graph, _pieces, Spec, _batchSize) = (graph, pieces, spec.Validated(), batchSize);
        graph.RequireInput(InputNames[0], -1, -1);
        graph.RequireOutput("posterior", -1, EmotionLabels.Count);
        graph.RequireOutput("each", -1, EmotionLabels.Count);
        EmbeddingLength = graph.RequireOutputLength("embedding");
    }

    public TextClassifierSpec Spec { get; }

    public int EmbeddingLength { get; }

    /// <returns>Null for a text without a single word or sign.</returns>
    public TextReading? Classify(ReadOnlySpan<char> text)
    {
        Span<int> numbers = stackalloc int[Spec.MaximumPieces];
        var count = _pieces.Encode(text, numbers);
        return count == 0 ? null : Read(numbers[..count]);
    }

    /// <summary>
    /// Texts of as many pieces as one another go through the graph together: it has no padding, so that a text's reading does not depend
    /// on its company.
    /// </summary>
    /// <returns>In the order of the texts; null for one without a single word or sign.</returns>
    public IReadOnlyList<TextReading?> Classify(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        using var activity = InferenceInstruments.Activities.StartActivity("text.classify");
        activity?.SetTag("emotion.texts", texts.Count);
        var (counts, order, readings) = (new int[texts.Count], new int[texts.Count], new TextReading?[texts.Count]);
        var numbers = ArrayPool<int>.Shared.Rent(texts.Count * Spec.MaximumPieces);
        try
        {
            for (var i = 0; i < texts.Count; i++)
            {
                (counts[i], order[i]) = (_pieces.Encode(texts[i], numbers.AsSpan(i * Spec.MaximumPieces, Spec.MaximumPieces)), i);
            }

            Array.Sort(counts, order);
            for (int first = counts.AsSpan().Count(0), next; first < counts.Length; first = next)
            {
                for (next = first + 1; next < counts.Length && counts[next] == counts[first] && next - first < _batchSize; next++)
                {
                }

                cancellationToken.ThrowIfCancellationRequested();
                Read(numbers, order.AsSpan(first..next), counts[first], readings);
            }

            return readings;
        }
        finally
        {
            ArrayPool<int>.Shared.Return(numbers, clearArray: true); // What is private stays in no pool.
        }
    }

    /// <param name="numbers">Of pieces, at least one.</param>
    internal TextReading Read(ReadOnlySpan<int> numbers)
    {
        using var input = new PooledTensor<long>(1, numbers.Length);
        for (var i = 0; i < numbers.Length; i++)
        {
            input.Span[i] = numbers[i];
        }

        var reading = new TextReading?[1];
        Run(input, [0], reading);
        return reading[0]!;
    }

    /// <summary>The first pieces of the vocabulary, whatever they say: for golden examples.</summary>
    internal TextReading Try() => Read([.. Enumerable.Range(WordPieces.Unknown, Math.Min(Spec.MaximumPieces, _pieces.Count - 1))]);

    public void Dispose() => _graph.Dispose();

    // Texts of the same length, by their indices.
    private void Read(int[] numbers, ReadOnlySpan<int> texts, int length, Span<TextReading?> readings)
    {
        using var input = new PooledTensor<long>(texts.Length, length);
        for (var row = 0; row < texts.Length; row++)
        {
            for (var i = 0; i < length; i++)
            {
                input.Row(row)[i] = numbers[texts[row] * Spec.MaximumPieces + i];
            }
        }

        var started = Stopwatch.GetTimestamp();
        Run(input, texts, readings);
        InferenceInstruments.ComputeTime.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, Tag);
        InferenceInstruments.BatchSize.Record(texts.Length, Tag);
        InferenceInstruments.Items.Add(texts.Length, Tag, new KeyValuePair<string, object?>("outcome", "ok"));
    }

    private void Run(PooledTensor<long> input, ReadOnlySpan<int> texts, Span<TextReading?> readings)
    {
        using var posterior = new PooledTensor<float>(texts.Length, EmotionLabels.Count);
        using var each = new PooledTensor<float>(texts.Length, EmotionLabels.Count);
        using var embedding = new PooledTensor<float>(texts.Length, EmbeddingLength);
        _graph.Run(InputNames, [input.Value], OutputNames, [posterior.Value, each.Value, embedding.Value]);
        for (var row = 0; row < texts.Length; row++)
        {
            readings[texts[row]] = new TextReading(posterior.Row(row).ToArray(), each.Row(row).ToArray(), embedding.Row(row).ToArray());
        }
    }
}
