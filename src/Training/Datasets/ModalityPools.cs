using Emotion.Inference.Fusion;

namespace Emotion.Training.Datasets;

/// <summary>Evidence of different people with one label; null for a modality that is absent.</summary>
/// <param name="Evidence">In the order of the modalities.</param>
/// <param name="Allowed">Labels that may be answered: all, or those that every present modality covers.</param>
public sealed record EvidenceTuple(int Label, IReadOnlyList<Evidence?> Evidence, bool[] Allowed)
{
    /// <summary>The label as a place among those that may be answered.</summary>
    public int AllowedLabel => Allowed.Take(Label).Count(allowed => allowed);

    /// <summary>
    /// Of each modality ln(n p) of every label that may be answered, as the fusion network has it; 0 for one that the modality does not cover, null for a modality
    /// that is absent.
    /// </summary>
    /// <param name="covered">By modality: the labels that it knows.</param>
    public IReadOnlyList<float[]?> Ratios(IReadOnlyList<bool[]> covered) =>
    [
        .. covered.Zip(Evidence, (known, evidence) => evidence is null ? null : evidence.Posterior.Index().Where(label => Allowed[label.Index])
            .Select(label => known[label.Index]
                ? (float)(Math.Log(Math.Clamp(label.Item, PosteriorProduct.LeastPosterior, 1)) + Math.Log(known.Count(one => one)))
                : 0).ToArray()),
    ];
}

/// <summary>
/// Speech, faces and words of different people, brought together by label, since no corpus with all of them is at hand; every figure from
/// such tuples is marked as drawn. First it is drawn which modalities are there, then the label, uniform over those that all of them cover,
/// so that absence says nothing of the label. With a face or words present, <c>calm</c>, which no corpus of those has, is no allowed answer in
/// training and gets no gradient: fusion learns nothing for or against it.
/// </summary>
public sealed class ModalityPools
{
    public ModalityPools(IReadOnlyList<ModalityPool> modalities)
    {
        Modalities = modalities;
        Subsets = ModalitySubset.Of([.. modalities.Select(modality => modality.Name)]);
    }

    /// <summary>In the order of fusion's inputs.</summary>
    public IReadOnlyList<ModalityPool> Modalities { get; }

    public IReadOnlyList<ModalitySubset> Subsets { get; }

    public ModalitySubset Whole => Subsets[^1];

    /// <summary>The labels that all modalities of the subset cover.</summary>
    public bool[] CoveredBy(ModalitySubset subset) =>
        [.. Modalities[0].Covered.Select((_, label) => Modalities.Index().All(one => !subset.Has(one.Index) || one.Item.Covered[label]))];

    /// <summary>For training: any label that the subset covers, and no other may be answered.</summary>
    public EvidenceTuple Draw(ModalitySubset subset, Random random)
    {
        var covered = CoveredBy(subset);
        var labels = LabelsOf(covered);
        return Draw(subset, labels[random.Next(labels.Length)], covered, random);
    }

    /// <summary>For validation and test: the labels that the subset covers, in turn; all may be answered.</summary>
    public IReadOnlyList<EvidenceTuple> Draw(ModalitySubset subset, int count, Random random)
    {
        var (covered, all) = (CoveredBy(subset), Array.ConvertAll(Modalities[0].Covered, _ => true));
        var labels = LabelsOf(covered);
        return [.. Enumerable.Range(0, count).Select(i => Draw(subset, labels[i % labels.Length], all, random))];
    }

    private EvidenceTuple Draw(ModalitySubset subset, int label, bool[] allowed, Random random) =>
        new(label, [.. Modalities.Select((modality, m) => subset.Has(m) ? modality.Draw(label, random) : null)], allowed);

    private static int[] LabelsOf(bool[] covered) => [.. covered.Index().Where(label => label.Item).Select(label => label.Index)];
}
