using System.Text.Json.Nodes;

namespace Emotion.Training.Evaluation;

/// <summary>How far transcripts are from what was said, in words of <see cref="SpokenWords"/>.</summary>
/// <param name="Errors">Words to replace, to take out and to put in, at least.</param>
/// <param name="Words">That were said.</param>
/// <param name="Exact">Transcripts without an error.</param>
/// <param name="Abstained">Transcripts that were not given; all their words count as errors.</param>
public readonly record struct WordErrors(int Errors, int Words, int Exact, int Transcripts, int Abstained)
{
    public double Rate => (double)Errors / Words;

    public double ExactRate => (double)Exact / Transcripts;

    public double AbstainedRate => (double)Abstained / Transcripts;

    /// <param name="said">The text.</param>
    /// <param name="heard">The transcript; null where there is none.</param>
    public static WordErrors Of(string said, string? heard)
    {
        var words = SpokenWords.Of(said);
        var errors = Distance(words, SpokenWords.Of(heard ?? ""));
        return new WordErrors(errors, words.Count, errors == 0 ? 1 : 0, 1, heard is null ? 1 : 0);
    }

    public static WordErrors operator +(WordErrors left, WordErrors right) => new(
        left.Errors + right.Errors, left.Words + right.Words, left.Exact + right.Exact, left.Transcripts + right.Transcripts, left.Abstained + right.Abstained);

    public static WordErrors operator *(int times, WordErrors errors) => new(
        times * errors.Errors, times * errors.Words, times * errors.Exact, times * errors.Transcripts, times * errors.Abstained);

    public static WordErrors Sum(IEnumerable<WordErrors> all) => all.Aggregate(default(WordErrors), (sum, next) => sum + next);

    public JsonObject ToJson() => new()
    {
        ["word_error_rate"] = Math.Round(Rate, 4),
        ["exact"] = Math.Round(ExactRate, 4),
        ["abstained"] = Math.Round(AbstainedRate, 4),
        ["words"] = Words,
        ["transcripts"] = Transcripts,
    };

    /// <summary>Levenshtein's, over words.</summary>
    internal static int Distance(IReadOnlyList<string> said, IReadOnlyList<string> heard)
    {
        var row = Enumerable.Range(0, heard.Count + 1).ToArray();
        for (var i = 1; i <= said.Count; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= heard.Count; j++)
            {
                var replaced = diagonal + (said[i - 1] == heard[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }
}
