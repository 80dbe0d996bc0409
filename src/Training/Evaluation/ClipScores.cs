using Emotion.Features;
using Emotion.Training.Datasets;

namespace Emotion.Training.Evaluation;

/// <summary>
/// What whole clips were read as. A take that is there in several encodings counts once, by the share of them that was recognised; a
/// clip without an answer is not recognised. Intervals resample people, each with all of its takes.
/// </summary>
public sealed class ClipScores
{
    private readonly IReadOnlyList<ClipTake> _takes;

    /// <param name="answers">Of each clip, null where there is none.</param>
    /// <param name="covered">Labels that may be predicted.</param>
    public ClipScores(IReadOnlyList<LabelledClip> clips, IReadOnlyList<float[]?> answers, bool[] covered)
    {
        _takes =
        [
            .. clips.Select((clip, i) => (Clip: clip, Hit: answers[i] is { } posterior && Scores.Prediction(posterior, covered) == clip.Label ? 1.0 : 0))
                .GroupBy(one => one.Clip.Take)
                .Select(take => new ClipTake(take.First().Clip.Source, take.First().Clip.Subject, take.First().Clip.Label!.Value, take.Average(one => one.Hit))),
        ];
        Unanswered = answers.Count(answer => answer is null);
    }

    public int Count => _takes.Count;

    /// <summary>Clips that got no answer.</summary>
    public int Unanswered { get; }

    /// <summary>How many people are shown.</summary>
    public int Subjects => _takes.Select(take => take.Subject).Distinct().Count();

    public double Wa => _takes.Average(take => take.Hit);

    public Interval WaInterval => IntervalOf(_takes);

    /// <summary>Recognised share and number of takes, by name.</summary>
    public IReadOnlyList<ClipGroup> BySource => Groups(take => take.Source);

    public IReadOnlyList<ClipGroup> ByLabel => Groups(take => EmotionLabels.Names[take.Label]);

    /// <summary>Of the WA less that of other answers on the same clips.</summary>
    public (double Low, double High) Difference(ClipScores other) => Bootstrap.MeanInterval(
        [.. _takes.Zip(other._takes, (mine, theirs) => mine.Hit - theirs.Hit)], [.. _takes.Select(take => take.Subject)]);

    private static Interval IntervalOf(IReadOnlyCollection<ClipTake> takes)
    {
        var (low, high) = Bootstrap.MeanInterval([.. takes.Select(take => take.Hit)], [.. takes.Select(take => take.Subject)]);
        return new Interval(low, high);
    }

    private List<ClipGroup> Groups(Func<ClipTake, string> by) =>
    [
        .. _takes.GroupBy(by).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new ClipGroup(group.Key, group.Count(), group.Average(take => take.Hit), IntervalOf([.. group]))),
    ];

    private sealed record ClipTake(string Source, string Subject, int Label, double Hit);
}

/// <summary>Takes of one source or emotion.</summary>
public sealed record ClipGroup(string Name, int Count, double Wa, Interval WaInterval);
