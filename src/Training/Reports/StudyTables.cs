using System.Globalization;
using System.Text.Json;
using Emotion.Training.Evaluation;

namespace Emotion.Training.Reports;

/// <summary>Rows that are compared with one another: rivals, dropout, ablations, seeds, and what else was trained.</summary>
public static class StudyTables
{
    private static readonly string[] RowColumns = ["row", "what", "changes", "folds", "epochs", "parameters while training", "hours", "n", "validation UAR", "test UAR", "test WA"];

    public static void Write(Markdown text, SpeechRuns runs)
    {
        Compare(text, runs, "Rivals", "Other networks on the same input, as short as this machine allows, with ResNet-18 beside them at the same length.",
            SpeechStudyRows.RivalPrefix, SpeechStudyRows.RivalBase);
        Compare(text, runs, "Ablations",
            $"One change a row, against `{SpeechStudyRows.AblationBase}`. One fold has four test actors: differences of a few points are within what the choice of actors makes. " +
            "The test part is there for the reader; it must not decide what is kept.", SpeechStudyRows.AblationPrefix, SpeechStudyRows.AblationBase);
        Seeds(text, runs);
        var further = runs.Rows.Values.Where(row => SpeechStudyRows.IsFurther(row.Name)).ToList();
        if (further.Count > 0)
        {
            text.Heading(2, "Further rows");
            text.Table(RowColumns, further.Select(row => Cells(row, null)), wordColumns: 3);
        }
    }

    private static void Compare(Markdown text, SpeechRuns runs, string title, string remark, string prefix, string baseName)
    {
        var (rows, against) = (SpeechStudyRows.Starting(runs, prefix), runs[baseName]);
        if (rows.Count == 0)
        {
            return;
        }

        text.Heading(2, title);
        text.Paragraph(remark + (against is null ? $" `{baseName}` was not run: no differences." : $" In brackets: points against `{baseName}` on its test recordings."));
        var sorted = rows.Where(row => row != against).OrderByDescending(Validation).ToList();
        text.Table(RowColumns, (against is null ? sorted : [against, .. sorted]).Select(row => Cells(row, row == against ? null : against)), wordColumns: 3);
    }

    private static double Validation(SpeechRow row) => SpeechFigures.ScoresOf(row.PooledValidation).Uar;

    private static string[] Cells(SpeechRow row, SpeechRow? against)
    {
        var test = SpeechFigures.ScoresOf(row.Pooled);
        var validation = SpeechFigures.ScoresOf(row.PooledValidation);
        // Only where both were tested on the same recordings a difference says something.
        var comparable = against is not null && against.Pooled.Select(answer => answer.Recording).SequenceEqual(row.Pooled.Select(answer => answer.Recording));
        string Beside(double own, Func<SpeechRow, double> other) =>
            Markdown.Percent(own) + (comparable ? $" ({Markdown.Points(own - other(against!))})" : "");
        return
        [
            row.Name, row.Cells[0].Facts.What, Changes(row), string.Join(' ', row.Cells.Select(cell => cell.Facts.Fold)),
            string.Join(' ', row.Cells.Select(cell => cell.Facts.Epochs).Distinct()),
            string.Join(' ', row.Cells.Select(cell => cell.Facts.Parameters).Distinct().Select(count => Markdown.Number(count / 1e6, 1) + " M")),
            Markdown.Number(row.Hours, 2), $"{test.Count}",
            Beside(validation.Uar, Validation), Beside(test.Uar, other => SpeechFigures.ScoresOf(other.Pooled).Uar),
            Beside(test.Wa, other => SpeechFigures.ScoresOf(other.Pooled).Wa),
        ];
    }

    private static string Changes(SpeechRow row) => row.Cells[0].Facts.Patch is { Count: > 0 } patch
        ? "`" + JsonSerializer.Serialize(patch).Replace("`", "'", StringComparison.Ordinal) + "`" : "nothing";

    private static void Seeds(Markdown text, SpeechRuns runs)
    {
        var repetitions = runs.Rows.Values.Where(row => SpeechStudyRows.IsRepetition(row.Name))
            .GroupBy(row => SpeechStudyRows.RepeatedBy(runs, row)).OrderBy(group => group.Key?.Name, StringComparer.Ordinal).ToList();
        if (repetitions.Count == 0)
        {
            return;
        }

        text.Heading(2, "Seeds");
        text.Paragraph("The same row and fold from another seed: how far a figure moves by chance alone. Seeds beyond the first are in no pooled figure.");
        text.Table(["row", "fold", "seed", "n", "test UAR", "test WA", "NLL"], repetitions.SelectMany(group =>
        {
            var again = group.SelectMany(row => row.Cells).ToList();
            var first = group.Key?.Cells.Where(cell => again.Any(other => other.Facts.Fold == cell.Facts.Fold)) ?? [];
            return first.Concat(again).OrderBy(cell => cell.Facts.Fold).Select(Seed);
        }));
    }

    private static string[] Seed(SpeechCell cell)
    {
        var scores = SpeechFigures.ScoresOf(cell.Test);
        return
        [
            cell.Facts.Row, $"{cell.Facts.Fold}", cell.Facts.Seed.ToString(CultureInfo.InvariantCulture), $"{scores.Count}",
            Markdown.Percent(scores.Uar), Markdown.Percent(scores.Wa), Markdown.Number(scores.Nll, 3),
        ];
    }
}
