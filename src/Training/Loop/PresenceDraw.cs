using Emotion.Training.Datasets;

namespace Emotion.Training.Loop;

/// <summary>Modality dropout: which modalities a training tuple has, before anything else of it is drawn.</summary>
public sealed class PresenceDraw
{
    private readonly List<(ModalitySubset Subset, double UpTo)> _subsets = [];
    private readonly double _total;

    /// <param name="subsets">All that there are.</param>
    /// <param name="weights">By name, of these and maybe of others, whose modalities are not at hand; null for all alike.</param>
    /// <exception cref="ArgumentException">One would never be drawn: one graph serves all of them.</exception>
    public PresenceDraw(IReadOnlyList<ModalitySubset> subsets, IReadOnlyDictionary<string, double>? weights)
    {
        foreach (var subset in subsets)
        {
            var weight = weights is null ? 1 : weights.GetValueOrDefault(subset.Name);
            _total += weight > 0 ? weight : throw new ArgumentException($"The recipe's presence gives '{subset.Name}' no weight above 0.");
            _subsets.Add((subset, _total));
        }
    }

    public ModalitySubset Next(Random random)
    {
        var at = random.NextDouble() * _total;
        return _subsets.First(one => at < one.UpTo).Subset;
    }
}
