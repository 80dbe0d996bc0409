using Emotion.Training.Evaluation;

namespace Emotion.Training.Reports;

/// <summary>A row's answers pooled over its test parts, and what they are worth.</summary>
public sealed record PooledRow(string Name, IReadOnlyList<SpeechAnswer> Answers)
{
    public SpeechFigures Figures { get; } = SpeechFigures.Of(Answers);

    public int Folds => Answers.Select(answer => answer.Fold).Distinct().Count();
}

/// <summary>Tables that need nothing but out-of-fold answers, so that they can be made from the CSV files alone.</summary>
public static class PooledTables
{
    private static readonly string[] FigureColumns =
        ["row", "folds", "actors", "n", "UAR", "WA", "macro-F1", "NLL", "ECE, 10 equal-mass bins", "ECE if perfectly calibrated", "ECE, 15 equal-width bins"];

    public static void Write(Markdown text, IReadOnlyList<PooledRow> rows)
    {
        text.Heading(2, "Pooled test parts");
        Worth(text, rows);
        By(text, rows, "fold", answer => $"{answer.Fold}");
        By(text, rows, "gender of the actor", answer => answer.Gender);
        By(text, rows, "intensity", answer => answer.Intensity);
        By(text, rows, "actor", answer => $"{answer.Actor:00}, {answer.Gender}");
        Recalls(text, rows);
    }

    /// <summary>The figures of each row, and how they are to be read.</summary>
    public static void Worth(Markdown text, IReadOnlyList<PooledRow> rows)
    {
        text.Paragraph(
            $"UAR, WA and macro-F1 in per cent. In brackets the 95 % interval of a bootstrap over actors ({ActorBootstrap.Draws} draws of as many actors as there are, with " +
            "replacement, each with all their recordings). \"If perfectly calibrated\": mean and 95 % range of what posteriors that are true would show at this n, by " +
            "drawing labels from them; an interval of the ECE lies high, since resampling adds scatter to every bin.");
        text.Table(FigureColumns, rows.Select(Figures));
    }

    private static string[] Figures(PooledRow row)
    {
        var (figures, scores) = (row.Figures, row.Figures.Scores);
        return
        [
            row.Name, $"{row.Folds}", $"{figures.Actors}", $"{scores.Count}",
            Markdown.Percent(scores.Uar, figures.Uar), Markdown.Percent(scores.Wa, figures.Wa), Markdown.Percent(scores.MacroF1, figures.MacroF1),
            Markdown.Number(scores.Nll, figures.Nll, 3), Markdown.Number(figures.Ece, figures.EceInterval, 3),
            Markdown.Number(figures.PerfectEce, figures.PerfectEceRange, 3), Markdown.Number(scores.Ece, 3),
        ];
    }

    internal static void By(Markdown text, IReadOnlyList<PooledRow> rows, string what, Func<SpeechAnswer, string> key)
    {
        text.Heading(3, $"By {what}");
        var groups = rows.SelectMany(row => row.Answers).Select(key).Distinct().Order(StringComparer.Ordinal).ToList();
        string[] columns = [what, .. rows.SelectMany(row => new[] { $"{row.Name}: n", "UAR", "WA" })];
        text.Table(columns, groups.Select(group => (IReadOnlyList<string>)[group, .. rows.SelectMany(row => Cells(row, answer => key(answer) == group))]));
    }

    private static string[] Cells(PooledRow row, Func<SpeechAnswer, bool> belongs)
    {
        var answers = row.Answers.Where(belongs).ToList();
        var scores = SpeechFigures.ScoresOf(answers);
        return answers.Count == 0 ? ["0", "", ""] : [$"{answers.Count}", Markdown.Percent(scores.Uar), Markdown.Percent(scores.Wa)];
    }

    private static void Recalls(Markdown text, IReadOnlyList<PooledRow> rows)
    {
        text.Heading(3, "By emotion: share recognised");
        string[] columns = ["emotion", .. rows.Select(row => row.Name)];
        text.Table(columns, Features.EmotionLabels.Names.Select((name, label) => (IReadOnlyList<string>)[name, .. rows.Select(row =>
        {
            var counts = row.Figures.Scores.Confusion[label];
            return counts.Sum() == 0 ? "" : Markdown.Percent((double)counts[label] / counts.Sum());
        })]));
    }
}
