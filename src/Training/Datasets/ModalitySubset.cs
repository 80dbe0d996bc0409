namespace Emotion.Training.Datasets;

/// <summary>Which of some modalities are there: at least one.</summary>
/// <param name="All">Names, in the order of fusion's inputs.</param>
public sealed record ModalitySubset(IReadOnlyList<string> All, int Bits)
{
    public int Count => int.PopCount(Bits);

    public bool IsWhole => Count == All.Count;

    /// <summary>As recipes and manifests spell it: <c>audio+video</c>.</summary>
    public string Name => string.Join('+', All.Where((_, modality) => Has(modality)));

    public bool Has(int modality) => (Bits >> modality & 1) == 1;

    /// <summary>The same without one modality, of at least two.</summary>
    public ModalitySubset Without(int modality) => this with { Bits = Bits & ~(1 << modality) };

    /// <summary>Every subset but the empty one.</summary>
    public static IReadOnlyList<ModalitySubset> Of(IReadOnlyList<string> all) =>
        [.. Enumerable.Range(1, (1 << all.Count) - 1).Select(bits => new ModalitySubset(all, bits))];
}
