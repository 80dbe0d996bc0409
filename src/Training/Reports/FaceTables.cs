using System.Globalization;
using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Training.Evaluation;
using Emotion.Training.Onnx;

namespace Emotion.Training.Reports;

/// <summary>The tables of <c>face.md</c>.</summary>
internal static class FaceTables
{
    private const double Stretch = 0.75;

    public static void Pictures(Markdown text, FaceFigures figures, double floor, double goal)
    {
        var otherView = FramePrecisions.OtherView(figures);
        var view = figures.Package.Manifest.Metrics["view"]?.GetValue<string>() ?? "as it is";
        text.Heading(2, "Pictures").Paragraph(
            $"Training pictures whose bytes occur in PublicTest or PrivateTest have left training. Floor {Markdown.Percent(floor)}, goal {Markdown.Percent(goal)}, stretch {Markdown.Percent(Stretch)} WA on PrivateTest; "
            + $"reached: {Reached(figures.Test.Scores.Wa, floor, goal)}. A well-known code base says 73.1 for its best network, with ten crops and duplicates in. The network sees {view}. FER2013's pictures are crops already and are used whole, none is cut anew (face-frame.md); enlarged, "
            + $"{Markdown.Percent(1 - (double)figures.PicturesWithFace / figures.Pictures)} % of PrivateTest show the detector no face.");
        text.Table(
            ["set", "n", "WA", "UAR", "NLL", "ECE"],
            ((Judged[])[figures.Test, figures.TestWithoutDuplicates, figures.Ck48]).Select(Row));
        text.Table(
            ["precision of the frame graph, PrivateTest", "n", "WA", "without duplicates", "UAR", otherView == "one_view" ? "seeing each face once" : "seeing it mirrored too", "its UAR", "from"],
            ((string[])[GraphPrecision.Float16, GraphPrecision.Int8]).Select(precision => (Name: precision, Json: FramePrecisions.Of(figures, precision)))
                .Select(one => (IReadOnlyList<string>)
                [
                    one.Name + (one.Name == FramePrecisions.OfPackage(figures) ? ", served" : ""), one.Json?["n"]?.ToString() ?? "", Wa(one.Json),
                    Figure(one.Json, "wa_dedup"), Figure(one.Json, "uar"), Wa(one.Json?[otherView] as JsonObject), Figure(one.Json?[otherView] as JsonObject, "uar"),
                    one.Json?["source"]?.GetValue<string>() ?? "not measured",
                ]));
        if (figures.Package.Manifest.Metrics["precision"]?["rule"] is { } rule)
        {
            text.Paragraph($"Served is {FramePrecisions.OfPackage(figures)}. Rule: {rule}.");
        }
    }

    public static void Cells(Markdown text, StudyCells study)
    {
        text.Heading(2, "Networks under one small budget");
        if (study.Told is [var first, ..])
        {
            text.Paragraph(
                $"{first.Epochs} epochs of {first.Side} pixels each, the same data, augmentation, optimizer and seed; the epoch of best selection is judged. "
                + "They say which network learns most in that time, not what each can reach. Graphs in float16.");
            text.Table(
                ["network", "parameters", "minutes", "selection WA", "n", "PrivateTest WA", "without duplicates", "UAR", "commit", "recipe", "data"],
                study.Told.Select(cell => (IReadOnlyList<string>)
                [
                    cell.What, cell.Parameters.ToString("N0", CultureInfo.InvariantCulture), Markdown.Number(cell.Minutes, 0), Markdown.Percent(cell.SelectionWa),
                    cell.Test["n"]?.ToString() ?? "", Wa(cell.Test), Wa(cell.TestWithoutDuplicates), Figure(cell.Test, "uar"), Short(cell.Commit),
                    Short(cell.Recipe), Short(cell.Data),
                ]));
        }

        if (study.NotRun.Count > 0)
        {
            text.Paragraph($"Not run: {string.Join(", ", study.NotRun)} (`./emotion training study face`).");
        }

        if (study.OfAnotherRecipe.Count > 0)
        {
            text.Paragraph($"There, but by other recipes than the study's, and so not compared: {string.Join(", ", study.OfAnotherRecipe)}.");
        }
    }

    public static void Classes(Markdown text, Judged test) => text.Heading(2, "PrivateTest by emotion, as served").Table(
        ["emotion", "n", "recognised"],
        Enumerable.Range(0, EmotionLabels.Count).Where(test.Labels.Contains).Select(label => (IReadOnlyList<string>)
        [
            EmotionLabels.Names[label], Count(test.Labels.Count(one => one == label)),
            Of(test, Recall(test.Scores.Confusion, label), confusion => Recall(confusion, label)),
        ]));

    public static Markdown Confusion(Markdown text, int[][] confusion) => text.Heading(2, "PrivateTest, true by said, as served").Table(
        ["true \\ said", .. EmotionLabels.Names],
        confusion.Select((row, label) => (IReadOnlyList<string>)[EmotionLabels.Names[label], .. row.Select(Count)]));

    private static string Reached(double wa, double floor, double goal) =>
        wa >= Stretch ? "the stretch" : wa >= goal ? "the goal" : wa >= floor ? "the floor, not the goal" : "NONE of them";

    private static IReadOnlyList<string> Row(Judged judged) =>
    [
        judged.Set, Count(judged.Labels.Count), Wa(judged), Uar(judged), Markdown.Number(judged.Scores.Nll, 3), Markdown.Number(judged.Scores.Ece, 3),
    ];

    internal static string Wa(Judged judged) => Of(judged, judged.Scores.Wa, Scores.WaOf);

    internal static string Uar(Judged judged) => Of(judged, judged.Scores.Uar, Scores.UarOf);

    internal static string Count(int count) => count.ToString(CultureInfo.InvariantCulture);

    private static double Recall(int[][] confusion, int label) => confusion[label].Sum() is > 0 and var count ? (double)confusion[label][label] / count : 0;

    private static string Of(Judged judged, double figure, Func<int[][], double> of) => Markdown.Percent(figure, Bootstrap.Interval(judged, of));

    // Of a record that has its interval beside it.
    private static string Wa(JsonObject? json) => json?["wa"] is not { } wa ? ""
        : json["waInterval95"] is JsonArray interval
            ? Markdown.Percent(wa.GetValue<double>(), new Interval(interval[0]!.GetValue<double>(), interval[1]!.GetValue<double>()))
            : Markdown.Percent(wa.GetValue<double>());

    private static string Figure(JsonObject? json, string name) => json?[name] is { } figure ? Markdown.Percent(figure.GetValue<double>()) : "";

    private static string Short(string? digest) => digest is null ? "not said" : digest[..Math.Min(12, digest.Length)];
}
