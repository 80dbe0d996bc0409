using Emotion.Features;

namespace Emotion.Training.Datasets;

/// <summary>What a served model said of one example.</summary>
public sealed record Evidence(int Label, float[] Embedding, float[] Posterior)
{
    /// <summary>That the example is of, where a modality has several: each is drawn from as often as another.</summary>
    public string Corpus { get; init; } = "";
}

/// <summary>What the served model of one modality said of the examples of a part.</summary>
public sealed class ModalityPool
{
    // By label, then by corpus.
    private readonly Evidence[][][] _byLabel;

    /// <param name="name">Of the modality and of its model.</param>
    /// <param name="covered">The labels that the model can tell.</param>
    /// <exception cref="ArgumentException">There is nothing to draw for one of them.</exception>
    public ModalityPool(string name, bool[] covered, IReadOnlyList<Evidence> evidence)
    {
        (Name, Covered, Evidence) = (name, covered, evidence);
        var labels = evidence.ToLookup(one => one.Label);
        _byLabel = [.. covered.Select((_, label) => labels[label].GroupBy(one => one.Corpus).Select(corpus => corpus.ToArray()).ToArray())];
        foreach (var label in Enumerable.Range(0, covered.Length).Where(label => covered[label] && _byLabel[label].Length == 0))
        {
            throw new ArgumentException($"Of {name} there is nothing to draw for '{EmotionLabels.Names[label]}', which its model covers.");
        }
    }

    public string Name { get; }

    public bool[] Covered { get; }

    public IReadOnlyList<Evidence> Evidence { get; }

    public int EmbeddingSize => Evidence[0].Embedding.Length;

    public Evidence Draw(int label, Random random)
    {
        var corpora = _byLabel[label];
        var some = corpora.Length == 1 ? corpora[0] : corpora[random.Next(corpora.Length)];
        return some[random.Next(some.Length)];
    }
}
