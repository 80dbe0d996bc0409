using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;

namespace Emotion.Training.Reports;

/// <summary><c>text.md</c>, <c>text.json</c> and beside them <c>text/</c>: plots. Figures are of packages, through the code that serves them.</summary>
public sealed class TextReport(string output)
{
    private readonly string _figures = Path.Combine(output, "text");

    /// <param name="shipped">The package of the repository.</param>
    /// <param name="rivals">Other packages, beside it; a classifier that is the shipped one's is not shown twice.</param>
    /// <param name="transcription">What <c>evaluate transcription</c> wrote; null where it was not run.</param>
    /// <param name="dataDigest">Of the text corpora.</param>
    /// <param name="provenance">Where and with what.</param>
    /// <param name="unreadable">Folders of rivals that were left out, and why; null for none.</param>
    public void Write(
        TextRow shipped, IReadOnlyList<TextRow> rivals, JsonObject? transcription, string dataDigest, Provenance provenance,
        IReadOnlyList<UnreadableRival>? unreadable = null)
    {
        List<TextRow> rows = [shipped, .. rivals.Where(row => row.Classifier != shipped.Classifier)];
        var heard = HeardFigures.Of(transcription, shipped.Hears);
        Directory.CreateDirectory(_figures);
        var text = new Markdown().Heading(1, "Text recognizer: results");
        text.Paragraph(
            $"Written by `{provenance.Command}`; do not edit. All figures are of exported packages, run through the code that serves them, on test parts. " +
            "Epochs, thresholds, temperature and whether MELD is learned from are chosen on dev parts. Two rules of the recipe were changed after test figures of an earlier run " +
            "had been seen, and then judged on dev parts: MELD's lines are shown three times an epoch, and both corpora count the same where the temperature is fitted " +
            "(the test ECE on MELD had been 0.066). So the test parts are not quite unseen.");
        TextTables.Goals(text, shipped, heard);
        Header(text, shipped, dataDigest, provenance);
        TextTables.Labels(text, shipped);
        Pictures(text, shipped);
        TextTables.Rows(text, rows, unreadable ?? []);
        TextTables.Shipping(text, rows, shipped);
        TextTables.Leak(text, shipped, heard);
        TranscriptionTables.Write(text, heard);
        text.Heading(2, "Recompute");
        text.Paragraph(
            "`./emotion training verify text` computes macro-F1, weighted F1, both calibration errors and the recall by RAVDESS's sentences anew from the " +
            "shipped package, and fails if they are off its manifest's or this report's.");
        File.WriteAllText(Path.Combine(output, "text.md"), text.ToString());
        File.WriteAllText(
            Path.Combine(output, "text.json"), TextReportJson.Of(provenance, shipped, rows, heard, dataDigest).ToJsonString(RecipeFile.Json) + "\n");
    }

    private static void Header(Markdown text, TextRow shipped, string dataDigest, Provenance provenance)
    {
        text.Heading(2, "How it was made");
        text.Table(["what", "value"],
        [
            ["command", $"`{provenance.Command}`"],
            ["commit of the report", $"`{provenance.Commit}`"],
            ["shipped package", $"`text/{shipped.Version}`, exported at `{shipped.Commit[..Math.Min(10, shipped.Commit.Length)]}`"],
            ["data digest", $"`{dataDigest}`"],
            ["machine", $"{provenance.Machine}, {provenance.Cores} cores, load {(Provenance.LoadAverage() is { } load ? Markdown.Number(load, 1) : "unknown")}"],
            ["versions", $".NET {provenance.DotNet}, libtorch {provenance.LibTorch}, ONNX Runtime {provenance.OnnxRuntime}"],
        ], wordColumns: 2);
    }

    private void Pictures(Markdown text, TextRow row)
    {
        text.Heading(2, "Confusion and calibration");
        text.Paragraph(
            $"Of the posterior of the one label that a text carries most, at temperature {Markdown.Number(row.Temperature, 2)}, which was fitted on dev parts. \"If perfectly " +
            "calibrated\" is what posteriors that are true would show at this n.");
        (string File, string Name, SpeechFigures Figures, IReadOnlyList<GroupedAnswer> Answers)[] parts =
        [
            ("goemotions", "GoEmotions test, comments of one label", row.Worth.Comments, row.Worth.CommentAnswers),
            ("meld", "MELD test", row.Worth.Lines, row.Worth.LineAnswers),
        ];
        text.Table(["part", "n", "UAR", "WA", "macro-F1", "NLL", "ECE, 10 equal-mass bins", "ECE if perfectly calibrated", "ECE, 15 equal-width bins"], parts.Select(part =>
        {
            var figures = part.Figures;
            return (IReadOnlyList<string>)
            [
                part.Name, $"{figures.Scores.Count}", Markdown.Percent(figures.Scores.Uar, figures.Uar), Markdown.Percent(figures.Scores.Wa, figures.Wa),
                Markdown.Percent(figures.Scores.MacroF1, figures.MacroF1), Markdown.Number(figures.Scores.Nll, figures.Nll, 3),
                Markdown.Number(figures.Ece, figures.EceInterval, 3), Markdown.Number(figures.PerfectEce, figures.PerfectEceRange, 3), Markdown.Number(figures.Scores.Ece, 3),
            ];
        }));
        foreach (var (file, name, figures, answers) in parts)
        {
            var (confusion, reliability) = ($"{file}-confusion.svg", $"{file}-reliability.svg");
            File.WriteAllText(Path.Combine(_figures, confusion), SpeechPictures.Confusion($"{name}, n = {answers.Count}", figures.Scores.Confusion));
            File.WriteAllText(Path.Combine(_figures, reliability), SpeechPictures.Reliability(
                $"{name}: ECE {Markdown.Number(figures.Ece, 3)}, n = {answers.Count}", EqualMassCalibration.Bins(answers)));
            text.Picture("text/" + confusion, $"Confusion matrix of {name}").Picture("text/" + reliability, $"Reliability diagram of {name}");
        }
    }
}
