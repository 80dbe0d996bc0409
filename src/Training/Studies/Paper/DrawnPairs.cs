using System.Diagnostics;
using Emotion.Features;
using Emotion.Training.Calibration;
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
/// <param name="CorrectionShare">How much of what fusion's layers add to the weighted evidence counts.</param>
internal sealed record PaperAnswered(IReadOnlyDictionary<string, Judged> Rows, IReadOnlyList<PaperPair> Pairs, double Seconds, double CorrectionShare);

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
        var rules = new PairedRules(_rows, _allowed, recipe with { Training = recipe.Training with { Seed = paper.Seed } }) { Fitting = Apart };
        var fit = Fit(rules, clips, run, cancellationToken);
        var fused = rules.Fit(PairedRows.Fusion, clips, [.. clips.Take(1)], new RunFolder(run.FilePath("all")), cancellationToken);
        var (pairs, tuples) = Drawn(seen, heard.Test);
        var clock = Stopwatch.StartNew();
        List<float[]> answers = [.. fused(tuples, fit.CorrectionShare).Select(posterior => TemperatureScaling.Apply(posterior, fit.Temperature))];
        var seconds = clock.Elapsed.TotalSeconds;
        Judged Judge(string row, IReadOnlyList<float[]> posteriors) => new(
            $"drawn: RAVDESS fold {paper.TestFold} with FER2013 PrivateTest without repeated pictures, {paper.Labels.Count} classes, {row}",
            [.. tuples.Select(tuple => tuple.Label)], posteriors, _allowed) { Subjects = [.. pairs.Select(pair => pair.Recording)] };
        IReadOnlyList<float[]> By(string rule) => rules.Fit(rule, clips, [], run, cancellationToken)(tuples, 1);
        return new PaperAnswered(
            new Dictionary<string, Judged>
            {
                [PaperRows.Speech] = Judge(PaperRows.Speech, By(PaperRows.Speech)), [PaperRows.Face] = Judge(PaperRows.Face, By(PaperRows.Face)),
                [PaperRows.Product] = Judge(PaperRows.Product, By(PairedRows.Product)), [PaperRows.Fused] = Judge(PaperRows.Fused, answers),
            },
            pairs, seconds, fit.CorrectionShare);
    }

    // How much of the layers' correction counts, and the temperature: by what fusions of the other actors say of each one's pairs, as in the paired study.
    private PairedRowFit Fit(PairedRules rules, IReadOnlyList<PairedClip> clips, RunFolder run, CancellationToken cancellationToken)
    {
        List<int> actors = [.. clips.Select(clip => clip.Subject).Distinct().Order()];
        var without = actors.ToDictionary(actor => actor, actor => rules.Fit(
            PairedRows.Fusion, [.. clips.Where(clip => clip.Subject != actor)], [.. clips.Where(clip => clip.Subject == actor)], new RunFolder(run.FilePath($"without-actor-{actor:00}")),
            cancellationToken));
        IReadOnlyList<EvidenceTuple> Tuples(int actor) => [.. clips.Where(clip => clip.Subject == actor).SelectMany(Apart).Select(clip => clip.Tuple(_rows.Whole, _allowed))];
        return CalibratedAnswers.Best(
            recipe.CorrectionShares, share => [.. actors.SelectMany(actor => without[actor](Tuples(actor), share))],
            [.. actors.SelectMany(Tuples).Select(tuple => tuple.Label)], coverage: 1).Fit;
    }

    // Whoever fits a few numbers fits them on each recording with each of its faces: one alone would leave them to chance.
    private static IEnumerable<PairedClip> Apart(PairedClip clip) => clip.Evidence[1].Select(face => clip with { Evidence = [clip.Evidence[0], [face]] });

    /// <summary>Recordings that train fusion, each with some faces of its label; no two actors have a face in common.</summary>
    private List<PairedClip> Clips(IReadOnlyDictionary<string, IReadOnlyList<Evidence>> spoken, IReadOnlyList<Evidence> pool)
    {
        var random = new Random(paper.Seed);
        var actors = spoken.Keys.Select(name => Ravdess.Parse(name).Subject).Distinct().Order().ToList();
        var faces = pool.GroupBy(one => one.Label)
            .SelectMany(some => some.Select((one, i) => (Of: (one.Label, Actor: actors[i % actors.Count]), Face: one)))
            .ToLookup(one => one.Of, one => one.Face);
        return [.. spoken.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one =>
        {
            var (label, actor) = (one.Value[0].Label, Ravdess.Parse(one.Key).Subject);
            Evidence[] some = [.. faces[(label, actor)]];
            random.Shuffle(some);
            return new PairedClip(one.Key, actor, label, [one.Value, [.. some.Take(paper.FacesPerRecording)]]);
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
