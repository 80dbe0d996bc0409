using System.Text.Json.Nodes;

namespace Emotion.Training.Evaluation;

/// <summary>What the classifier says of what was heard in a recording.</summary>
/// <param name="Actor">Recordings of one are alike.</param>
/// <param name="Label">That was acted.</param>
/// <param name="Posterior">Null where nothing was heard, or nothing that could be read.</param>
public sealed record ReadTranscript(int Actor, int Label, float[]? Posterior)
{
    /// <summary>
    /// Mean recall over labels with its interval over actors. An abstention says every label alike, which as an answer is always the same one; so the recall of the
    /// others alone stands beside it.
    /// </summary>
    public static JsonObject Figures(IReadOnlyList<ReadTranscript> read)
    {
        List<GroupedAnswer> answered = [.. read.Where(one => one.Posterior is not null).Select(one => one.Answer())];
        var (uar, interval) = Uar([.. read.Select(one => one.Answer())]);
        var json = new JsonObject
        {
            ["n"] = read.Count,
            ["actors"] = read.Select(one => one.Actor).Distinct().Count(),
            ["uar"] = SpeechFigures.Rounded(uar),
            ["uar_interval95"] = SpeechFigures.Pair(interval),
            ["abstained"] = read.Count - answered.Count,
        };
        if (answered.Count > 0)
        {
            (uar, interval) = Uar(answered);
            json["uar_without_abstentions"] = SpeechFigures.Rounded(uar);
            json["uar_without_abstentions_interval95"] = SpeechFigures.Pair(interval);
        }

        return json;
    }

    private GroupedAnswer Answer() => new(Actor, Label, Posterior ?? ServedText.Nothing);

    private static (double Uar, Interval Interval) Uar(IReadOnlyList<GroupedAnswer> answers)
    {
        var sums = new ActorSums(answers);
        return (SpeechFigures.ScoresOf(answers).Uar, ActorBootstrap.Intervals(sums.Actors, times => [Scores.UarOf(sums.Confusion(times))])[0]);
    }
}
