using Emotion.Training.Calibration;
using Emotion.Training.Datasets;
using Emotion.Training.Networks;

namespace Emotion.Training.Evaluation;

/// <summary>
/// What fusion is compared with: each modality by itself, the mean and the product of the posteriors, and the product with a learned power for each. A label
/// that a modality does not cover gets nothing from it, neither for nor against. And, where one was trained, a fusion with attention.
/// </summary>
public sealed class FusionRivals
{
    private readonly IReadOnlyList<ModalityPool> _modalities;
    private readonly double[] _weights;

    /// <param name="modalities">In the order of the tuples.</param>
    /// <param name="fitting">Tuples of the validation part, on which the learned powers are fitted.</param>
    public FusionRivals(IReadOnlyList<ModalityPool> modalities, IReadOnlyList<EvidenceTuple> fitting)
    {
        _modalities = modalities;
        _weights = EvidencePool.FitWeights([.. fitting.Select(EvidenceOf)], [.. fitting.Select(tuple => tuple.AllowedLabel)]);
    }

    /// <summary>Another fusion of the same tuples that is judged beside them; null where there is none.</summary>
    public Func<IReadOnlyList<EvidenceTuple>, IReadOnlyList<float[]>>? Attention { get; init; }

    /// <summary>By modality.</summary>
    public IReadOnlyDictionary<string, double> Weights => _modalities.Zip(_weights).ToDictionary(pair => pair.First.Name, pair => pair.Second);

    /// <summary>Each modality that the tuples have, by itself.</summary>
    public IReadOnlyDictionary<string, Judged> Alone(string set, IReadOnlyList<EvidenceTuple> tuples) => _modalities.Index()
        .Where(modality => tuples[0].Evidence[modality.Index] is not null)
        .ToDictionary(modality => modality.Item.Name, modality => Judge(set, tuples, tuple => tuple.Evidence[modality.Index]!.Posterior));

    public IReadOnlyDictionary<string, Judged> Together(string set, IReadOnlyList<EvidenceTuple> tuples)
    {
        var together = new Dictionary<string, Judged>
        {
            ["mean"] = Judge(set, tuples, Mean),
            ["product"] = Judge(set, tuples, tuple => Pooled(tuple, [.. _weights.Select(_ => 1.0)])),
            ["weights"] = Judge(set, tuples, tuple => Pooled(tuple, _weights)),
        };
        if (Attention is not null)
        {
            together["attention"] = new Judged(set, [.. tuples.Select(tuple => tuple.Label)], Attention(tuples), null);
        }

        return together;
    }

    /// <summary>Of each label over those that cover it.</summary>
    internal float[] Mean(EvidenceTuple tuple)
    {
        var present = _modalities.Zip(tuple.Evidence).Where(pair => pair.Second is not null).ToList();
        float[] means =
        [
            .. tuple.Allowed.Select((_, label) =>
                present.Where(pair => pair.First.Covered[label]).Select(pair => pair.Second!.Posterior[label]).DefaultIfEmpty(0).Average()),
        ];
        var sum = means.Sum();
        return Array.ConvertAll(means, mean => mean / sum);
    }

    private float[] Pooled(EvidenceTuple tuple, IReadOnlyList<double> weights)
    {
        var shares = EvidencePool.Apply(EvidenceOf(tuple), weights);
        var next = 0;
        return Array.ConvertAll(tuple.Allowed, allowed => allowed ? shares[next++] : 0);
    }

    private IReadOnlyList<float[]?> EvidenceOf(EvidenceTuple tuple) => tuple.Ratios([.. _modalities.Select(modality => modality.Covered)]);

    private static Judged Judge(string set, IReadOnlyList<EvidenceTuple> tuples, Func<EvidenceTuple, float[]> answer) =>
        new(set, [.. tuples.Select(tuple => tuple.Label)], [.. tuples.Select(answer)], null);
}
