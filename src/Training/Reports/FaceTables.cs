using System.Globalization;
using Emotion.Features;
using Emotion.Training.Evaluation;

namespace Emotion.Training.Reports;

/// <summary>The tables of <c>face.md</c>.</summary>
internal static class FaceTables
{
    public static void Pictures(Markdown text, FaceFigures figures, double floor, double goal)
    {
        var view = figures.Package.Manifest.Metrics["view"]?.GetValue<string>() ?? "as it is";
        text.Heading(2, "Pictures").Paragraph(
            $"Training pictures whose bytes occur in PublicTest or PrivateTest have left training. Floor {Markdown.Percent(floor)}, goal {Markdown.Percent(goal)} WA "
            + $"on PrivateTest. The network sees {view}. FER2013's pictures are crops already and are used whole, none is cut anew (face-frame.md); enlarged, "
            + $"{Markdown.Percent(1 - (double)figures.PicturesWithFace / figures.Pictures)} % of PrivateTest show the detector no face.");
        text.Table(
            ["set", "n", "WA", "UAR", "NLL", "ECE"],
            ((Judged[])[figures.Test, figures.TestWithoutDuplicates, figures.Ck48]).Select(Row));
        if (figures.Package.Manifest.Metrics["testOneView"] is { } one)
        {
            text.Paragraph($"Seeing each face once, without its mirror image: WA {Markdown.Percent(one["wa"]!.GetValue<double>())}, as measured at export.");
        }

        if (figures.Package.Manifest.Metrics["precision"] is { } precision && precision["int8"] is { } int8)
        {
            text.Paragraph(
                $"8-bit integers: WA {Markdown.Percent(int8["wa"]!.GetValue<double>())}, floats {Markdown.Percent(precision["float16"]!["wa"]!.GetValue<double>())}; "
                + $"served is {precision["chosen"]}. Rule: {precision["rule"]}.");
        }
    }

    public static void Cells(Markdown text, IReadOnlyList<FaceCell> cells)
    {
        text.Heading(2, "Networks under one small budget");
        if (cells.Count == 0)
        {
            text.Paragraph("None is trained: `./emotion training study face`.");
            return;
        }

        text.Paragraph(
            $"{cells[0].Epochs} epochs of {cells[0].Side} pixels each, the same data, augmentation, optimizer and seed; the epoch of best selection is judged. "
            + "They say which network learns most in that time, not what each can reach.");
        text.Table(
            ["network", "parameters", "minutes", "selection WA", "PrivateTest WA", "without duplicates", "UAR"],
            cells.Select(cell => (IReadOnlyList<string>)
            [
                cell.What, cell.Parameters.ToString("N0", CultureInfo.InvariantCulture), Markdown.Number(cell.Minutes, 0), Markdown.Percent(cell.SelectionWa),
                Figure(cell.Test, "wa"), Figure(cell.TestWithoutDuplicates, "wa"), Figure(cell.Test, "uar"),
            ]));
    }

    public static void Sequences(Markdown text, FaceFigures figures)
    {
        text.Heading(2, "Sequences: the network over time against the mean of the pictures").Paragraph(
            "The same face frames, read by the sequence network and by averaging the posteriors of the frames. The composed ones are no video.");
        text.Table(
            ["set", "n", "LSTM WA", "mean WA", "LSTM UAR", "mean UAR"],
            ((TwoAnswers[])[figures.Real, figures.Composed]).Select(two => (IReadOnlyList<string>)
            [
                two.Network.Set, Count(two.Network.Labels.Count), Wa(two.Network), Wa(two.Mean), Uar(two.Network), Uar(two.Mean),
            ]).Append(
            [
                "labelled clips, from file to answer", Count(figures.ClipsByMean.Count), Wa(figures.ClipsByNetwork), Wa(figures.ClipsByMean), "", "",
            ]));
    }

    public static void Clips(Markdown text, ClipScores clips)
    {
        text.Heading(2, "Whole clips of real people").Paragraph(
            $"Never trained on, from file to answer, as served: WA {Wa(clips)}, n = {clips.Count} takes; {clips.Unanswered} clips got no answer and count as wrong.");
        text.Table(["emotion", "n", "WA"], clips.ByLabel.Select(Group));
        text.Table(["source", "n", "WA"], clips.BySource.Select(Group));
    }

    public static Markdown Confusion(Markdown text, int[][] confusion) => text.Heading(2, "PrivateTest, true by said").Table(
        ["true \\ said", .. EmotionLabels.Names],
        confusion.Select((row, label) => (IReadOnlyList<string>)[EmotionLabels.Names[label], .. row.Select(Count)]));

    private static IReadOnlyList<string> Row(Judged judged) =>
    [
        judged.Set, Count(judged.Labels.Count), Wa(judged), Uar(judged), Markdown.Number(judged.Scores.Nll, 3), Markdown.Number(judged.Scores.Ece, 3),
    ];

    private static IReadOnlyList<string> Group((string Name, int Count, double Wa) group) => [group.Name, Count(group.Count), Markdown.Percent(group.Wa)];

    private static string Wa(ClipScores clips) => Markdown.Percent(clips.Wa, clips.WaInterval);

    private static string Wa(Judged judged) => Of(judged, judged.Scores.Wa, Scores.WaOf);

    private static string Uar(Judged judged) => Of(judged, judged.Scores.Uar, Scores.UarOf);

    private static string Of(Judged judged, double figure, Func<int[][], double> of)
    {
        var (low, high) = Bootstrap.Interval(judged.Posteriors, judged.Labels, judged.Covered, of);
        return Markdown.Percent(figure, new Interval(low, high));
    }

    private static string Figure(System.Text.Json.Nodes.JsonObject json, string name) => Markdown.Percent(json[name]!.GetValue<double>());

    private static string Count(int count) => count.ToString(CultureInfo.InvariantCulture);
}
