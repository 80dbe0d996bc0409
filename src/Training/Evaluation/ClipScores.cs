using Emotion.Features;
using Emotion.Training.Datasets;

namespace Emotion.Training.Evaluation;

/// <summary>
/// What whole clips were read as. A take that is there in several encodings counts once, by the share of them that was recognised; a
/// clip without an answer is not recognised. Intervals resample takes.
/// </summary>
public sealed class ClipScores
{
    private const int Draws = 2000, Seed = 1;
    private readonly IReadOnlyList<(string Source, int Label, double Hit)> _takes;

    /// <param name="answers">Of each clip, null where there is none.</param>
    /// <param name="covered">Labels that may be predicted.</param>
    public ClipScores(IReadOnlyList<LabelledClip> clips, IReadOnlyList<float[]?> answers, bool[] covered)
    {
        _takes =
        [
            .. clips.Select((clip, i) => (Clip: clip, Hit: answers[i] is { } posterior && Scores.Prediction(posterior, covered) == clip.Label ? 1.0 : 0))
                .GroupBy(one => one.Clip.Take)
                .Select(take => (take.First().Clip.Source, take.First().Clip.Label, take.Average(one => one.Hit))),
        ];
        Unanswered = answers.Count(answer => answer is null);
    }

    public int Count => _takes.Count;

    /// <summary>Clips that got no answer.</summary>
    public int Unanswered { get; }

    public double Wa => _takes.Average(take => take.Hit);

    public Interval WaInterval
    {
        get
        {
            var random = new Random(Seed);
            return Interval.Of([.. Enumerable.Range(0, Draws)
                .Select(_ => Enumerable.Range(0, _takes.Count).Average(_ => _takes[random.Next(_takes.Count)].Hit))]);
        }
    }

    /// <summary>Recognised share and number of takes, by name.</summary>
    public IReadOnlyList<(string Name, int Count, double Wa)> BySource => Groups(take => take.Source);

    public IReadOnlyList<(string Name, int Count, double Wa)> ByLabel => Groups(take => EmotionLabels.Names[take.Label]);

    private List<(string Name, int Count, double Wa)> Groups(Func<(string Source, int Label, double Hit), string> by) =>
        [.. _takes.GroupBy(by).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => (group.Key, group.Count(), group.Average(take => take.Hit)))];
}
