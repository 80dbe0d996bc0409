using Emotion.Training.Evaluation;

namespace Emotion.Training.Reports;

/// <summary>What commands measured of trained cells and left in their folders: robustness, latency, size of the cells' own packages.</summary>
public static class MeasuredTables
{
    public static void Robustness(Markdown text, IReadOnlyList<SpeechRow> rows) => Answers(text, rows, RobustnessAnswers.FileName, RobustnessConditions.Clean, "Robustness",
        "Every test recording was changed and went through the serving code with its fold's package (in 8-bit integers, where that was exported). SNR counts speech, not " +
        "pauses (blocks of 20 ms at most 30 dB below the loudest). An abstention counts as wrong. In brackets: points against the recordings as they are.");

    public static void Windows(Markdown text, IReadOnlyList<SpeechRow> rows) => Answers(text, rows, TestWindows.FileName, TestWindows.Whole, "Windows at test time",
        "The mean of the posteriors of several windows against one window of the whole recording, which is what every other figure here is of. Longer recordings are answered " +
        "window by window (4 s). In brackets: points against the whole recording.");

    private static void Answers(Markdown text, IReadOnlyList<SpeechRow> rows, string file, string baseline, string title, string remark)
    {
        var measured = rows
            .Select(row => (row.Name, Cells: row.Cells.Select(cell => (cell.Facts.Fold, Answers: Current(cell, file)))
                .Where(cell => cell.Answers is not null).ToList()))
            .Where(row => row.Cells.Count > 0).ToList();
        if (measured.Count == 0)
        {
            return;
        }

        text.Heading(2, title).Paragraph(remark);
        foreach (var (name, cells) in measured)
        {
            var answers = cells.Select(cell => cell.Answers!).ToList();
            var plain = RobustnessAnswers.ScoresOf(answers, baseline);
            text.Heading(3, $"{name}, fold {string.Join(' ', cells.Select(cell => cell.Fold))}, n = {plain.Count}");
            text.Table(["condition", "UAR", "WA", "abstained"], answers[0].Conditions.Select(condition =>
            {
                var scores = RobustnessAnswers.ScoresOf(answers, condition.Name);
                string Beside(double value, double before) => Markdown.Percent(value) + (condition.Name == baseline ? "" : $" ({Markdown.Points(value - before)})");
                return (IReadOnlyList<string>)[condition.Description, Beside(scores.Uar, plain.Uar), Beside(scores.Wa, plain.Wa), $"{scores.Abstained}"];
            }));
        }
    }

    /// <summary>Of a package that the cell still has; null where it was not measured.</summary>
    internal static SpeechLatency? Latency(SpeechCell cell) =>
        cell.Measured<SpeechLatency>(SpeechLatency.FileName) is { } latency && cell.Has(latency.PackageVersion) ? latency : null;

    private static RobustnessAnswers? Current(SpeechCell cell, string file) =>
        cell.Measured<RobustnessAnswers>(file) is { } answers && cell.Has(answers.PackageVersion) ? answers : null;

    public static void SpeedAndSize(Markdown text, IReadOnlyList<SpeechRow> rows)
    {
        var cells = rows.SelectMany(row => row.Cells).Select(cell => (Cell: cell, Latency: Latency(cell))).ToList();
        if (cells.Any(cell => cell.Latency is not null))
        {
            text.Heading(2, "Speed");
            text.Paragraph(
                "From PCM to posterior, one thread, batch 1, windows full of speech, after a warm-up: everything that the package holds, and its coefficients and " +
                "classifier alone. With a load well above 1 other work ran beside it, and the figure is too high.");
            text.Table(
                ["row", "fold", "package", "weights", "windows", "seconds each", "MFCC and network, p50 ms", "everything, p50 ms", "p95 ms", "load", "machine"],
                cells.Where(cell => cell.Latency is not null).Select(cell =>
            {
                var latency = cell.Latency!;
                return (IReadOnlyList<string>)
                [
                    cell.Cell.Facts.Row, $"{cell.Cell.Facts.Fold}", latency.PackageVersion, latency.Precision, $"{latency.Windows}",
                    Markdown.Number(latency.WindowSeconds, 0),
                    latency.NetworkP50Milliseconds is { } network ? Markdown.Number(network, 1) : "",
                    Markdown.Number(latency.P50Milliseconds, 1), Markdown.Number(latency.P95Milliseconds, 1),
                    latency.LoadAverage is { } load ? Markdown.Number(load, 1) : "unknown", latency.Machine,
                ];
            }));
        }

        var sizes = cells.Select(cell => (cell.Cell, Sizes: cell.Cell.GraphMegabytes())).Where(cell => cell.Sizes.Count > 0).ToList();
        if (sizes.Count > 0)
        {
            text.Heading(2, "Size");
            var graphs = sizes.SelectMany(cell => cell.Sizes.Select(graph => (cell.Cell.Facts.Row, Graph: graph.Key, Size: Markdown.Number(graph.Value, 2), cell.Cell.Facts.Fold)));
            text.Table(["row", "graph", "folds", "MB (10^6 bytes)"], graphs.GroupBy(graph => (graph.Row, graph.Graph, graph.Size)).Select(group =>
                (IReadOnlyList<string>)[group.Key.Row, group.Key.Graph, string.Join(' ', group.Select(graph => graph.Fold)), group.Key.Size]), wordColumns: 2);
        }
    }
}
