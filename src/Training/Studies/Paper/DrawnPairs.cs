using System.Diagnostics;
using Emotion.Features;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Recipes;
using Emotion.Training.Studies.Paired;

namespace Emotion.Training.Studies.Paper;

/// <summary>What the speech network says of recordings that it never heard, by the recording's name.</summary>
/// <param name="Training">That fusion learns from.</param>
/// <param name="Test">That are judged.</param>
internal sealed record PaperHeard(
    IReadOnlyDictionary<string, IReadOnlyList<Evidence>> Training, IReadOnlyDictionary<string, IReadOnlyList<Evidence>> Test);

/// <param name="Rows">By <see cref="PaperRows"/>.</param>
/// <param name="Seconds">That fusion took to answer.</param>
internal sealed record PaperAnswered(IReadOnlyDictionary<string, Judged> Rows, IReadOnlyList<PaperPair> Pairs, double Seconds);

/// <summary>Recordings and pictures of different people, brought together by label: fusion is trained on some and judged on others.</summary>
internal sealed class DrawnPairs(PaperSpec paper, PairedFusionRecipe recipe)
{
    private readonly bool[] _allowed = EmotionLabels.Mask(paper.Labels);
    private readonly PairedRows _rows = new([PaperRows.Speech, PaperRows.Face]);

    /// <param name="heard">Of the wanted labels.</param>
    /// <param name="pool">Faces that fusion learns from.</param>
    /// <param name="seen">Every picture that is judged, by name.</param>
    /// <param name="run">Of fusion's training.</param>
    /// <param name="cancellationToken">Stops between epochs.</param>
    public PaperAnswered Judge(
        PaperHeard heard, IReadOnlyList<Evidence> pool, IReadOnlyList<(string Name, Evidence Said)> seen, RunFolder run, CancellationToken cancellationToken)
    {
        var clips = Clips(heard.Training, pool);
        var rules = new PairedRules(_rows, _allowed, recipe with { Training = recipe.Training with { Seed = paper.Seed } });
        var fused = rules.Fit(PairedRows.Fusion, clips, [.. clips.Take(1)], run, cancellationToken);
        var (pairs, tuples) = Drawn(seen, heard.Test);
        var clock = Stopwatch.StartNew();
        var answers = fused(tuples);
        var seconds = clock.Elapsed.TotalSeconds;
        Judged Judge(string row, IReadOnlyList<float[]> posteriors) => new(
            $"drawn: RAVDESS fold {paper.TestFold} with FER2013 PrivateTest without repeated pictures, {paper.Labels.Count} classes, {row}",
            [.. tuples.Select(tuple => tuple.Label)], posteriors, _allowed) { Subjects = [.. pairs.Select(pair => pair.Recording)] };
        IReadOnlyList<float[]> By(string rule) => rules.Fit(rule, clips, [], run, cancellationToken)(tuples);
        return new PaperAnswered(
            new Dictionary<string, Judged>
            {
                [PaperRows.Speech] = Judge(PaperRows.Speech, By(PaperRows.Speech)), [PaperRows.Face] = Judge(PaperRows.Face, By(PaperRows.Face)),
                [PaperRows.Product] = Judge(PaperRows.Product, By(PairedRows.Product)), [PaperRows.Fused] = Judge(PaperRows.Fused, answers),
            },
            pairs, seconds);
    }

    /// <summary>Recordings that train fusion, each with some faces of its label.</summary>
    private List<PairedClip> Clips(IReadOnlyDictionary<string, IReadOnlyList<Evidence>> spoken, IReadOnlyList<Evidence> pool)
    {
        var random = new Random(paper.Seed);
        var byLabel = pool.ToLookup(one => one.Label);
        return [.. spoken.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one =>
        {
            var label = one.Value[0].Label;
            Evidence[] some = [.. byLabel[label]];
            random.Shuffle(some);
            return new PairedClip(one.Key, Ravdess.Parse(one.Key).Subject, label, [one.Value, [.. some.Take(paper.FacesPerRecording)]]);
        })];
    }

    /// <summary>Every picture once, with a recording of its label: the same pairs whatever network looks.</summary>
    private (IReadOnlyList<PaperPair> Pairs, IReadOnlyList<EvidenceTuple> Tuples) Drawn(
        IReadOnlyList<(string Name, Evidence Said)> seen, IReadOnlyDictionary<string, IReadOnlyList<Evidence>> spoken)
    {
        var random = new Random(paper.Seed);
        var byLabel = spoken.OrderBy(one => one.Key, StringComparer.Ordinal).GroupBy(one => one.Value[0].Label).ToDictionary(group => group.Key, group => group.ToArray());
        var (pairs, tuples) = (new List<PaperPair>(seen.Count), new List<EvidenceTuple>(seen.Count));
        foreach (var (name, face) in seen)
        {
            var some = byLabel[face.Label];
            var (recording, heard) = some[random.Next(some.Length)];
            pairs.Add(new PaperPair(name, recording));
            tuples.Add(new EvidenceTuple(face.Label, [heard[0], face], _allowed));
        }

        return (pairs, tuples);
    }
}
