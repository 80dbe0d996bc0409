using System.Text.Json.Nodes;
using Emotion.Inference.Fusion;

namespace Emotion.Training.Evaluation;

/// <summary>What an answer says of its windows, and what really happens when they are deleted from the clip and all of it is answered anew.</summary>
/// <param name="Right">The clip is answered by the label that most of its windows have.</param>
/// <param name="TopIsOwn">The top window is one of that answer's label.</param>
/// <param name="Own">Share of the windows that are.</param>
/// <param name="Drop">Of the winner's probability without the top window, without another that was drawn, and without all that decided.</param>
/// <param name="Said">What the answer says of the top window, and of all that decided.</param>
/// <param name="PredictionAsSaid">Without all that decided, the answer is the one that was said.</param>
public sealed record WindowDeletion(
    int Subject, bool Right, bool TopIsOwn, double Own, (double Top, double Other, double Deciding) Drop, (double Top, double Deciding) Said, bool PredictionAsSaid)
{
    /// <summary>Deleting the top window costs the winner more than deleting another one.</summary>
    public bool Hit => Drop.Top > Drop.Other;

    /// <param name="other">Draws the window that the top one is held against.</param>
    public static async Task<WindowDeletion> OfAsync(ServedJoinedClips served, JoinedClip clip, Random other, CancellationToken cancellationToken)
    {
        var whole = await served.FuseAsync(clip.Windows, cancellationToken);
        var winner = Scores.Prediction(whole.Posterior, null);
        var answered = whole.Windows.Where(window => window.Change is not null).Select(window => window.WindowIndex).ToList();
        var top = answered.MaxBy(window => whole.Windows[window].Change);
        var others = answered.Where(window => window != top).ToList();
        var deciding = whole.DecidedBy?.WindowIndices ?? [];

        async Task<float[]> WithoutAsync(IReadOnlyList<int> windows) =>
            (await served.FuseAsync([.. clip.Windows.Where((_, index) => !windows.Contains(index))], cancellationToken)).Posterior;
        var withoutDeciding = await WithoutAsync(deciding);
        double Drop(float[] without) => whole.Posterior[winner] - without[winner];
        return new WindowDeletion(
            clip.Subject,
            winner == clip.Label,
            clip.Windows[top].Label == winner,
            clip.Windows.Count(window => window.Label == winner) / (double)clip.Windows.Count,
            (Drop(await WithoutAsync([top])), Drop(await WithoutAsync([others[other.Next(others.Count)]])), Drop(withoutDeciding)),
            (whole.Windows[top].Change!.Value, whole.DecidedBy?.Change ?? 0),
            Scores.Prediction(withoutDeciding, null) == Scores.Prediction(whole.DecidedBy?.PosteriorWithout ?? whole.Posterior, null));
    }

    /// <summary>Of clips that are alike in kind.</summary>
    public static JsonObject ToJson(IReadOnlyList<WindowDeletion> deletions)
    {
        var (hits, answersOwn) = (deletions.Count(one => one.Hit), deletions.Where(one => one.Own > 0).ToList());
        var interval = WilsonInterval.Of(hits, deletions.Count);
        return new JsonObject
        {
            ["hit_rate"] = Round(hits / (double)deletions.Count),
            ["n"] = deletions.Count,
            ["hit_rate_interval95"] = new JsonArray(Round(interval.Low), Round(interval.High)),
            ["hit_rate_by_subject"] = new JsonObject(deletions.GroupBy(one => one.Subject).Select(subject =>
                KeyValuePair.Create($"{subject.Key:00}", (JsonNode?)Round(subject.Average(one => one.Hit ? 1.0 : 0))))),
            ["drop_top"] = Round(deletions.Average(one => one.Drop.Top)),
            ["drop_other"] = Round(deletions.Average(one => one.Drop.Other)),
            ["drop_deciding"] = Round(deletions.Average(one => one.Drop.Deciding)),
            ["said_off_at_most"] = Round(deletions.Max(one => Math.Max(Math.Abs(one.Said.Top - one.Drop.Top), Math.Abs(one.Said.Deciding - one.Drop.Deciding)))),
            ["prediction_without_as_said"] = Round(deletions.Average(one => one.PredictionAsSaid ? 1.0 : 0)),
            ["answered_by_most_windows"] = Round(deletions.Average(one => one.Right ? 1.0 : 0)),
            ["top_is_of_the_answers_label"] = answersOwn.Count == 0 ? null : Round(answersOwn.Average(one => one.TopIsOwn ? 1.0 : 0)),
            ["windows_of_the_answers_label"] = answersOwn.Count == 0 ? null : Round(answersOwn.Average(one => one.Own)),
        };
    }

    private static double Round(double value) => Math.Round(value, 4);
}
