using Emotion.Training.Datasets;
using Emotion.Training.Recipes;

namespace Emotion.Training.Studies.Paired;

/// <summary>A row of the table: a rule on one subset of the modalities.</summary>
public sealed record PairedRow(string Name, string Rule, ModalitySubset Subset)
{
    /// <summary>Whether it adds a trained correction to the weighted evidence of several modalities.</summary>
    public bool IsLearned => Rule is PairedRows.Fusion or PairedRows.Attention && Subset.Count > 1;
}

/// <summary>What is compared: each modality alone, what needs no network, two learned fusions, and the fully connected one on every subset.</summary>
public sealed class PairedRows
{
    public const string Fusion = "fusion", Attention = "attention", Mean = "mean", Product = "product", Weights = "weights";

    /// <summary>Behind it a row of fusion names the modalities that it has: <c>fusion@encoder+action-units</c>.</summary>
    private const char With = '@';

    public PairedRows(PairedStudySpec study)
        : this(PairedModalities.Of(study))
    {
    }

    /// <param name="modalities">In the order of fusion's inputs.</param>
    public PairedRows(IReadOnlyList<string> modalities)
    {
        Modalities = modalities;
        Subsets = ModalitySubset.Of(Modalities);
        Alone = [.. Subsets.Where(subset => subset.Count == 1).Select(subset => new PairedRow(subset.Name, subset.Name, subset))];
        Together = [.. new[] { Mean, Product, Weights, Attention, Fusion }.Select(rule => new PairedRow(rule, rule, Whole))];
        OnSubsets = [.. Subsets.Where(subset => !subset.IsWhole).Select(subset => new PairedRow($"{Fusion}{With}{subset.Name}", Fusion, subset))];
        Table = [.. Alone, .. Together];
        All = [.. Table, .. OnSubsets];
    }

    public IReadOnlyList<string> Modalities { get; }

    public IReadOnlyList<ModalitySubset> Subsets { get; }

    public ModalitySubset Whole => Subsets[^1];

    /// <summary>Each modality by itself.</summary>
    public IReadOnlyList<PairedRow> Alone { get; }

    /// <summary>On all modalities, fusion last.</summary>
    public IReadOnlyList<PairedRow> Together { get; }

    /// <summary>The fully connected fusion on each subset but the whole.</summary>
    public IReadOnlyList<PairedRow> OnSubsets { get; }

    /// <summary>What is compared on all clips: alone, then together.</summary>
    public IReadOnlyList<PairedRow> Table { get; }

    public IReadOnlyList<PairedRow> All { get; }
}
