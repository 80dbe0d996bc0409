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

    private readonly GraphSession _graph;
    private readonly WordPieces _pieces;

    /// <param name="graph">Disposed with this.</param>
    /// <exception cref="UnservablePackageException">It is another graph.</exception>
    /// <exception cref="ArgumentException">The spec contradicts itself.</exception>
    public TextClassifier(GraphSession graph, WordPieces pieces, TextClassifierSpec spec)
    {
        (_graph, _pieces, Spec) = (graph, pieces, spec.Validated());
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

    /// <param name="numbers">Of pieces, at least one.</param>
    internal TextReading Read(ReadOnlySpan<int> numbers)
    {
        using var input = new PooledTensor<long>(1, numbers.Length);
        for (var i = 0; i < numbers.Length; i++)
        {
            input.Span[i] = numbers[i];
        }

        using var posterior = new PooledTensor<float>(1, EmotionLabels.Count);
        using var each = new PooledTensor<float>(1, EmotionLabels.Count);
        using var embedding = new PooledTensor<float>(1, EmbeddingLength);
        _graph.Run(InputNames, [input.Value], OutputNames, [posterior.Value, each.Value, embedding.Value]);
        return new TextReading(posterior.Span.ToArray(), each.Span.ToArray(), embedding.Span.ToArray());
    }

    /// <summary>The first pieces of the vocabulary, whatever they say: for golden examples.</summary>
    internal TextReading Try() => Read([.. Enumerable.Range(WordPieces.Unknown, Math.Min(Spec.MaximumPieces, _pieces.Count - 1))]);

    public void Dispose() => _graph.Dispose();
}
