using Emotion.Training.Calibration;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Recipes;

namespace Emotion.Training.Studies.Paired;

/// <summary>Answers to tuples.</summary>
/// <param name="tuples">Of one subset of the modalities.</param>
/// <param name="share">Of what a learned fusion adds to the weighted evidence; other rules add nothing.</param>
internal delegate IReadOnlyList<float[]> FusionRule(IReadOnlyList<EvidenceTuple> tuples, double share);

/// <summary>Fits the rules of a table's rows.</summary>
/// <param name="allowed">Labels that there are.</param>
/// <param name="recipe">Of learned fusions.</param>
internal sealed class PairedRules(PairedRows rows, bool[] allowed, PairedFusionRecipe recipe)
{
    /// <summary>
    /// Clips that powers and scales of feature maps are fitted on, of one that trains: itself without its changed copies. Where versions are no copies but others (faces that were drawn),
    /// each is one of its own.
    /// </summary>
    public Func<PairedClip, IEnumerable<PairedClip>> Fitting { get; init; } = clip => [clip];

    /// <param name="rule">Of a row.</param>
    /// <param name="clips">That train it.</param>
    /// <param name="looked">Clips whose figures are told, and nothing else.</param>
    /// <param name="run">Folder of a training.</param>
    /// <param name="cancellationToken">Stops a training after the last whole epoch.</param>
    public FusionRule Fit(
        string rule, IReadOnlyList<PairedClip> clips, IReadOnlyList<PairedClip> looked, RunFolder run, CancellationToken cancellationToken)
    {
        FusionRule Learned(Func<FusionNetworkSpec, EvidenceFusion> create) => new PairedFusion(rows, allowed, recipe, create)
            .Fit(clips, [.. clips.SelectMany(Fitting)], [.. looked.Select(clip => clip.Tuple(rows.Whole, allowed))], run, cancellationToken).Answers;
        switch (rule)
        {
            case PairedRows.Fusion:
                return Learned(spec => new FusionNetwork(spec));
            case PairedRows.Attention:
                return Learned(spec => new AttentionFusion(spec));
            case PairedRows.Mean or PairedRows.Product or PairedRows.Weights:
                var rivals = Rivals(clips);
                return (tuples, _) => rivals.Together(rule, tuples)[rule].Posteriors;
            default:
                var modality = rows.Modalities.Index().Single(one => one.Item == rule).Index;
                return (tuples, _) => [.. tuples.Select(tuple => tuple.Evidence[modality]?.Posterior ?? Uniform())];
        }
    }

    /// <summary>What needs no network; its weights are fitted on the clips that have all modalities.</summary>
    public FusionRivals Rivals(IReadOnlyList<PairedClip> clips)
    {
        var whole = clips.Where(clip => clip.IsWhole).ToList();
        return new FusionRivals(
            [.. rows.Modalities.Select((name, m) => new ModalityPool(name, allowed, [.. whole.Select(clip => clip.Evidence[m][0])]))],
            [.. whole.Select(clip => clip.Tuple(rows.Whole, allowed))]);
    }

    // Who says nothing, says that.
    private float[] Uniform() => Array.ConvertAll(allowed, label => label ? 1f / allowed.Count(one => one) : 0);
}
