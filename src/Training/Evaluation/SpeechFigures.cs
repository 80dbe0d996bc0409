using System.Text.Json.Nodes;

namespace Emotion.Training.Evaluation;

/// <summary>
/// Figures of answers pooled over test parts, each with its 95 % interval over actors, or whatever groups the answers are in. <see cref="Ece"/> is the equal-mass one, and
/// <see cref="PerfectEce"/> what posteriors that are true would show at this n.
/// </summary>
public sealed record SpeechFigures(
    Scores Scores, double Ece, double PerfectEce, Interval PerfectEceRange, Interval Uar, Interval Wa, Interval MacroF1, Interval EceInterval, Interval Nll, int Actors)
{
    /// <param name="answers">In an order that does not depend on where they were read from.</param>
    public static SpeechFigures Of(IReadOnlyList<GroupedAnswer> answers)
    {
        var sums = new ActorSums(answers);
        var intervals = ActorBootstrap.Intervals(sums.Actors, times =>
        {
            var confusion = sums.Confusion(times);
            var count = confusion.Sum(row => row.Sum());
            return
            [
                Scores.UarOf(confusion), Scores.WaOf(confusion), Scores.MacroF1Of(confusion), EqualMassCalibration.Error(sums.Sorted(times, count)),
                sums.Nll(times, count),
            ];
        });
        var (perfect, range) = EqualMassCalibration.OfPerfectPosteriors(answers);
        return new SpeechFigures(
            ScoresOf(answers), EqualMassCalibration.Error(answers), perfect, range,
            intervals[0], intervals[1], intervals[2], intervals[3], intervals[4], sums.Actors);
    }

    public static Scores ScoresOf(IReadOnlyList<GroupedAnswer> answers) =>
        Scores.Of([.. answers.Select(answer => answer.Posterior)], [.. answers.Select(answer => answer.Label)]);

    /// <summary>Fractions, not per cent.</summary>
    /// <param name="groups">What the groups are.</param>
    public JsonObject ToJson(string groups = "actors") => new()
    {
        ["n"] = Scores.Count,
        [groups] = Actors,
        ["uar"] = Rounded(Scores.Uar),
        ["uar_interval95"] = Pair(Uar),
        ["wa"] = Rounded(Scores.Wa),
        ["wa_interval95"] = Pair(Wa),
        ["macro_f1"] = Rounded(Scores.MacroF1),
        ["macro_f1_interval95"] = Pair(MacroF1),
        ["nll"] = Rounded(Scores.Nll),
        ["nll_interval95"] = Pair(Nll),
        ["ece"] = Rounded(Ece),
        ["ece_interval95"] = Pair(EceInterval),
        ["ece_if_perfect"] = Rounded(PerfectEce),
        ["ece_if_perfect_range95"] = Pair(PerfectEceRange),
        ["ece_15_equal_width_bins"] = Rounded(Scores.Ece),
        ["confusion"] = new JsonArray([.. Scores.Confusion.Select(row => (JsonNode)new JsonArray([.. row.Select(n => (JsonNode)n)]))]),
    };

    internal static JsonNode Rounded(double value) => Math.Round(value, 5);

    internal static JsonArray Pair(Interval interval) => new(Math.Round(interval.Low, 5), Math.Round(interval.High, 5));
}
