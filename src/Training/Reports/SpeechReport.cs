using System.Text.Json.Nodes;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;

namespace Emotion.Training.Reports;

/// <summary>
/// <c>speech.md</c>, <c>speech.json</c> and beside them <c>speech/</c>: plots, and the out-of-fold answers as CSV. Everything is read from run folders; nothing
/// is computed by a network here.
/// </summary>
public sealed class SpeechReport(string output)
{
    /// <summary>Goals of the project, in fractions.</summary>
    private static readonly (string Row, double Floor, double Goal)[] Goals = [(SpeechStudyRows.Main, 0.58, 0.65), (SpeechStudyRows.Best, 0.68, 0.753)];

    private readonly string _figures = Path.Combine(output, "speech");

    private string JsonPath => Path.Combine(output, "speech.json");

    /// <param name="runs">Finished cells.</param>
    /// <param name="planned">Names of the rows that were to be run.</param>
    /// <param name="provenance">Where and with what.</param>
    public void Write(SpeechRuns runs, IReadOnlyList<string> planned, Provenance provenance)
    {
        var pooled = SpeechStudyRows.Published.Where(name => runs[name] is not null)
            .ToDictionary(name => name, name => new PooledRow(name, runs[name]!.Pooled));
        var notRun = planned.Where(name => runs[name] is null).ToList();
        Directory.CreateDirectory(_figures);
        foreach (var row in pooled.Values)
        {
            PooledAnswers.Write(CsvPath(row.Name), row.Answers);
        }

        WriteText("speech.md", Text(runs, pooled, notRun, provenance).ToString());
        WriteText("speech.json", SpeechReportJson.Of(provenance, runs, pooled, notRun).ToJsonString(RecipeFile.Json) + "\n");
    }

    /// <summary>Computes the pooled tables from the CSV files alone, and holds <c>speech.json</c> against them.</summary>
    /// <returns>The tables, and what differs: nothing, where the report is true.</returns>
    public (string Tables, IReadOnlyList<string> Differences) Recompute()
    {
        var rows = SpeechStudyRows.Published.Where(name => File.Exists(CsvPath(name)))
            .Select(name => new PooledRow(name, PooledAnswers.Read(CsvPath(name)))).ToList();
        if (rows.Count == 0)
        {
            throw new CorpusException($"'{_figures}' holds no CSV file of answers.");
        }

        var said = JsonNode.Parse(File.ReadAllText(JsonPath))!;
        var differences =
            from row in rows
            from figure in row.Figures.ToJson()
            let there = said[SpeechReportJson.Sections[row.Name]]?[figure.Key]
            where !JsonNode.DeepEquals(JsonNode.Parse(figure.Value!.ToJsonString()), there)
            select $"{row.Name}, {figure.Key}: speech.json says {there?.ToJsonString() ?? "nothing"}, the answers give {figure.Value.ToJsonString()}";
        var text = new Markdown();
        PooledTables.Write(text, rows);
        return (text.ToString(), [.. differences]);
    }

    private Markdown Text(SpeechRuns runs, Dictionary<string, PooledRow> pooled, List<string> notRun, Provenance provenance)
    {
        var text = new Markdown().Heading(1, "Speech recognizer: results");
        text.Paragraph($"Written by `{provenance.Command}`; do not edit. Research, non-commercial: the corpus is RAVDESS.");
        var headline = new[] { SpeechStudyRows.Main, SpeechStudyRows.Best }.Where(pooled.ContainsKey).Select(name => pooled[name]).ToList();
        Summary(text, runs, pooled);
        Header(text, runs, provenance);
        if (headline.Count > 0)
        {
            PooledTables.Write(text, headline);
            headline.ForEach(row => Pictures(text, row));
        }

        ControlTables.Write(
            text, runs[SpeechStudyRows.Main], pooled.GetValueOrDefault(SpeechStudyRows.Shuffled), pooled.GetValueOrDefault(SpeechStudyRows.RandomSplit),
            pooled.GetValueOrDefault(SpeechStudyRows.SentenceHeldOut));
        StudyTables.Write(text, runs);
        var measured = headline.Select(row => runs[row.Name]!).ToList();
        PrecisionTable.Write(text, [.. measured.Select(PrecisionRow.Of).OfType<PrecisionRow>()]);
        MeasuredTables.Windows(text, measured);
        MeasuredTables.Robustness(text, measured);
        MeasuredTables.SpeedAndSize(text, measured);
        text.Heading(2, "Not run");
        text.Paragraph(notRun.Count == 0 ? "Every planned row was run." : string.Join(", ", notRun.Select(name => $"`{name}`")) + ".");
        text.Heading(2, "Recompute");
        return text.Paragraph(
            "`speech/*.csv` holds the out-of-fold posterior of every recording. `./emotion training report speech --from-csv` computes the pooled tables from these files alone, " +
            "without corpus or packages, and fails if `speech.json` says otherwise.");
    }

    private static void Summary(Markdown text, SpeechRuns runs, Dictionary<string, PooledRow> pooled)
    {
        static int Actors(IEnumerable<SpeechAnswer> part) => part.Select(answer => answer.Actor).Distinct().Count();
        var cell = (runs[SpeechStudyRows.Main] ?? runs.Rows.Values.First()).Cells[0];
        text.Paragraph(
            $"RAVDESS speech, eight classes, EmoBox's six folds by actor. Fold {cell.Facts.Fold}, for example: {Actors(cell.Test)} actors test, {Actors(cell.Validation)} " +
            $"others validate, {cell.Facts.TrainRecordings} recordings train, and the validation actors of all folds less those who test, {cell.Facts.CalibrationActors.Count} " +
            "of them, fit the temperature. All figures are of the exported packages, run through the code that serves them.");
        text.Table(["figure", "per cent", "floor", "goal", "reached"], Goals.Select(goal =>
        {
            var name = $"{goal.Row}: UAR, pooled";
            if (!pooled.TryGetValue(goal.Row, out var row))
            {
                return (IReadOnlyList<string>)[name, "not run", Markdown.Percent(goal.Floor), Markdown.Percent(goal.Goal), "not run"];
            }

            var uar = row.Figures.Scores.Uar;
            var reached = uar >= goal.Goal ? "goal" : uar >= goal.Floor ? "floor" : "neither";
            return [name, Markdown.Percent(uar, row.Figures.Uar), Markdown.Percent(goal.Floor), Markdown.Percent(goal.Goal), row.Folds == 6 ? reached : $"{row.Folds} of 6 folds"];
        }));
        SpeechCaveats.Write(text, runs, pooled);
    }

    private static void Header(Markdown text, SpeechRuns runs, Provenance provenance)
    {
        text.Heading(2, "How it was made");
        var rows = runs.Rows.Values.ToList();
        text.Table(["what", "value"],
        [
            ["command", $"`{provenance.Command}`"],
            ["commit of the report", $"`{provenance.Commit}`"],
            ["data digest", Distinct(rows, cell => $"`{cell.Facts.DataDigest}`")],
            ["hours of training", Markdown.Number(rows.Sum(row => row.Hours), 2)],
            ["machine", $"{provenance.Machine}, {provenance.Cores} cores"],
            ["versions", $".NET {provenance.DotNet}, libtorch {provenance.LibTorch}, ONNX Runtime {provenance.OnnxRuntime}"],
        ], wordColumns: 2);
        text.Table(["row", "folds", "n", "epochs", "seeds", "temperature by fold", "hours", "packages by fold", "exported at"], rows
            .Where(row => SpeechStudyRows.Published.Contains(row.Name)).Select(row => (IReadOnlyList<string>)
            [
                row.Name, Distinct([row], cell => $"{cell.Facts.Fold}"), $"{row.Pooled.Count}", Distinct([row], cell => $"{cell.Facts.Epochs}"),
                Distinct([row], cell => $"{cell.Facts.Seed}"), Each(row, cell => Markdown.Number(cell.Facts.Temperature, 2)), Markdown.Number(row.Hours, 2),
                Each(row, cell => $"`{cell.Facts.PackageVersion}`"), Distinct([row], cell => $"`{cell.Facts.Commit[..Math.Min(10, cell.Facts.Commit.Length)]}`"),
            ]));
    }

    private void Pictures(Markdown text, PooledRow row)
    {
        text.Heading(3, $"{row.Name}: confusion and calibration");
        var (confusion, reliability) = ($"{row.Name}-confusion.svg", $"{row.Name}-reliability.svg");
        File.WriteAllText(Path.Combine(_figures, confusion), SpeechPictures.Confusion($"{row.Name}, n = {row.Answers.Count}", row.Figures.Scores.Confusion));
        File.WriteAllText(Path.Combine(_figures, reliability), SpeechPictures.Reliability(
            $"{row.Name}: ECE {Markdown.Number(row.Figures.Ece, 3)}, n = {row.Answers.Count}", EqualMassCalibration.Bins(row.Answers)));
        text.Picture("speech/" + confusion, $"Confusion matrix of {row.Name}").Picture("speech/" + reliability, $"Reliability diagram of {row.Name}");
    }

    private static string Each(SpeechRow row, Func<SpeechCell, string> value) => string.Join(" ", row.Cells.Select(value));

    private static string Distinct(IEnumerable<SpeechRow> rows, Func<SpeechCell, string> value)
    {
        var values = rows.SelectMany(row => row.Cells).Select(value).Distinct().ToList();
        return values.Count == 0 ? "none" : string.Join(" ", values);
    }

    private string CsvPath(string row) => Path.Combine(_figures, row + ".csv");

    private void WriteText(string name, string text) => File.WriteAllText(Path.Combine(output, name), text);
}
