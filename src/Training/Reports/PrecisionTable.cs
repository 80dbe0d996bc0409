using System.Text.Json.Nodes;
using Emotion.Training.Evaluation;

namespace Emotion.Training.Reports;

/// <summary>A row's cells in 8-bit integers beside the same cells with 16-bit weights, on the same recordings.</summary>
/// <param name="Row">Its name.</param>
/// <param name="Folds">Those that were measured.</param>
/// <param name="Float">Answers of the cells' own packages.</param>
/// <param name="Int8">Answers of the packages in integers, to the same recordings.</param>
public sealed record PrecisionRow(
    string Row, IReadOnlyList<int> Folds, IReadOnlyList<SpeechAnswer> Float, IReadOnlyList<SpeechAnswer> Int8, double FloatMegabytes, double Int8Megabytes)
{
    /// <summary>Points of UAR that integers may cost and still ship.</summary>
    public const double AllowedLoss = 0.005;

    private const string Classifier = "classifier";

    /// <summary>Integers less halves; the interval resamples actors.</summary>
    public PairedDifference Difference { get; } = ControlTables.Difference(Int8, Float)!;

    public double SameAnswers { get; } = Int8.Zip(Float).Count(pair => pair.First.Prediction == pair.Second.Prediction) / (double)Int8.Count;

    public bool Ships => Difference.Uar > -AllowedLoss;

    /// <returns>Null where no cell of the row was measured.</returns>
    public static PrecisionRow? Of(SpeechRow? row)
    {
        var cells = row?.Cells.Where(cell => cell.Int8Test is not null).ToList();
        return cells is not { Count: > 0 } ? null : new PrecisionRow(
            row!.Name, [.. cells.Select(cell => cell.Facts.Fold)], [.. cells.SelectMany(cell => cell.Test)], [.. cells.SelectMany(cell => cell.Int8Test!)],
            cells[0].GraphMegabytes().GetValueOrDefault(Classifier), cells[0].Int8Megabytes().GetValueOrDefault(Classifier));
    }

    /// <summary>Fractions, and MB of 10^6 bytes.</summary>
    public JsonObject ToJson() => new()
    {
        ["folds"] = new JsonArray([.. Folds.Select(fold => (JsonNode)fold)]),
        ["n"] = Int8.Count,
        ["uar"] = SpeechFigures.Rounded(SpeechFigures.ScoresOf(Int8).Uar),
        ["uar_less_float16"] = SpeechFigures.Rounded(Difference.Uar),
        ["uar_less_float16_interval95"] = SpeechFigures.Pair(Difference.UarInterval),
        ["same_answers"] = SpeechFigures.Rounded(SameAnswers),
        ["model_mb"] = Math.Round(Int8Megabytes, 3),
        ["model_mb_float16"] = Math.Round(FloatMegabytes, 3),
    };
}

/// <summary>What 8-bit integers cost and save.</summary>
public static class PrecisionTable
{
    public static void Write(Markdown text, IReadOnlyList<PrecisionRow> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        text.Heading(2, "8-bit integers");
        text.Paragraph(
            "Each cell exported twice, with 16-bit weights (every other figure here) and in 8-bit integers, ranges measured on the validation actors. Classifier alone; the " +
            $"encoder and the voice activity are counted apart. Integers ship where they cost less than {Markdown.Points(PrecisionRow.AllowedLoss)[1..]} points of UAR.");
        text.Table(
            ["row", "folds", "n", "MB, 16 bits", "MB, 8 bits", "UAR, 16 bits", "UAR, 8 bits", "points", "same answer", "ships"],
            rows.Select(row => (IReadOnlyList<string>)
            [
                row.Row, string.Join(' ', row.Folds), $"{row.Int8.Count}", Markdown.Number(row.FloatMegabytes, 2), Markdown.Number(row.Int8Megabytes, 2),
                Markdown.Percent(SpeechFigures.ScoresOf(row.Float).Uar), Markdown.Percent(SpeechFigures.ScoresOf(row.Int8).Uar),
                ControlTables.Points(row.Difference.Uar, row.Difference.UarInterval), Markdown.Percent(row.SameAnswers), row.Ships ? "8 bits" : "16 bits",
            ]));
    }
}
