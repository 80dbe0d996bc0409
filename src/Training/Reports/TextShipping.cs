using System.Text.Json.Nodes;
using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;

namespace Emotion.Training.Reports;

/// <summary>How much better one classifier is than another on the same texts, and the intervals of that.</summary>
public sealed record TextDifference(double Macro, Interval MacroInterval, double Weighted, Interval WeightedInterval)
{
    public static TextDifference Of(TextWorth one, TextWorth other)
    {
        var (macro, macroInterval, weighted, weightedInterval) = one.Less(other);
        return new TextDifference(macro, macroInterval, weighted, weightedInterval);
    }

    public JsonObject ToJson() => new()
    {
        ["macro_f1_without_less_with"] = SpeechFigures.Rounded(Macro),
        ["macro_f1_interval95"] = SpeechFigures.Pair(MacroInterval),
        ["weighted_f1_without_less_with"] = SpeechFigures.Rounded(Weighted),
        ["weighted_f1_interval95"] = SpeechFigures.Pair(WeightedInterval),
    };
}

/// <summary>Which of two classifiers is to be shipped: MELD's licence is doubtful, so the one without it, unless it costs too much. One of them is the shipped one.</summary>
/// <param name="With">Learned from GoEmotions and MELD.</param>
/// <param name="Without">Learned from GoEmotions alone, by a recipe that is else the same.</param>
public sealed record TextShipping(TextRow With, TextRow Without)
{
    /// <summary>Of either headline figure.</summary>
    public const double AllowedLoss = 0.02;

    /// <summary>On the dev parts: it decides.</summary>
    public TextDifference Dev { get; } = TextDifference.Of(new TextWorth(Without.Dev, Without.Spec), new TextWorth(With.Dev, With.Spec));

    /// <summary>On the test parts: it decides nothing.</summary>
    public TextDifference Test { get; } = TextDifference.Of(Without.Worth, With.Worth);

    public bool ShipsWithout => Math.Min(Dev.Macro, Dev.Weighted) > -AllowedLoss;

    /// <returns>Null where the shipped one's counterpart was not trained.</returns>
    public static TextShipping? Of(TextRow shipped, IReadOnlyList<TextRow> rows)
    {
        static string Rest(TextRow row) => RecipeFile.Digest(row.Recipe with { Corpora = [], Repeats = new Dictionary<string, int>() });
        // Of several the newest: versions sort by time.
        var other = rows.Where(row => row.WithMeld != shipped.WithMeld && Rest(row) == Rest(shipped)).MaxBy(row => row.Version, StringComparer.Ordinal);
        return other is null ? null : shipped.WithMeld ? new TextShipping(shipped, other) : new TextShipping(other, shipped);
    }

    public JsonObject ToJson(TextRow shipped) => new()
    {
        ["rule"] = "the classifier without MELD ships if both figures lose less than 2 points on the dev parts",
        ["with"] = With.Version,
        ["without"] = Without.Version,
        ["dev"] = Dev.ToJson(),
        ["test"] = Test.ToJson(),
        ["ships_without_meld"] = ShipsWithout,
        ["shipped_has_meld"] = shipped.WithMeld,
    };
}
