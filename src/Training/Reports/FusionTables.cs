using System.Text.Json.Nodes;
using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;
using Emotion.Training.Studies.Paired;

namespace Emotion.Training.Reports;

/// <summary>The tables of the fusion report.</summary>
internal static class FusionTables
{
    private const double AllowedLoss = 0.01, SelectiveGoal = 0.9;

    private sealed record Goal(string Protocol, string Figure, double Floor, double? Wanted, double? Stretch);

    private static readonly Goal[] Wanted = [new("paired8", "UAR", 0.79, 0.836, 0.867), new("paired6", "WA", 0.79, null, null)];

    public static void Goals(Markdown text, IReadOnlyList<PairedTable> told, IReadOnlyList<PairedResults> all)
    {
        text.Table(["fusion, pooled test parts", "per cent", "floor", "goal", "stretch", "reached"], Wanted.Select(goal =>
        {
            string Percent(double? value) => value is { } there ? Markdown.Percent(there) : "";
            var table = told.FirstOrDefault(table => table.Results.Name == goal.Protocol);
            if (table is null)
            {
                return (IReadOnlyList<string>)[$"{goal.Protocol}: {goal.Figure}", "not run", Percent(goal.Floor), Percent(goal.Wanted), Percent(goal.Stretch), "not run"];
            }

            var figures = table.Row(PairedRows.Fusion).Figures;
            var (value, interval) = goal.Figure == "UAR" ? (figures.Scores.Uar, figures.Uar) : (figures.Scores.Wa, figures.Wa);
            var reached = value >= goal.Stretch ? "stretch" : value >= goal.Wanted ? "goal" : value >= goal.Floor ? "floor" : "none";
            var folds = table.Results.Cells.Count;
            return [$"{goal.Protocol}: {goal.Figure}", Markdown.Percent(value, interval), Percent(goal.Floor), Percent(goal.Wanted), Percent(goal.Stretch),
                folds == 6 ? reached : $"{folds} of 6 folds"];
        }));
        if (told.Count < all.Count || told.Any(table => table.Results.Cells.Count < 6))
        {
            text.Paragraph("**Not all cells were run**: figures of some folds are no figures of all actors.");
        }
    }

    /// <summary>Where fusion is worse than the best of what is there by more than was asked: at the top, where whoever reads looks first.</summary>
    /// <param name="face">Of the paired study.</param>
    public static void Missed(Markdown text, IReadOnlyList<PairedTable> told, FusionRecords records, string face)
    {
        var missed = told.SelectMany(table => table.Harm.Where(harm => harm.Loss > AllowedLoss).Select(harm =>
            $"`{table.Results.Name}`, {harm.Subset}: {ControlTables.Points(harm.Difference.Uar, harm.Difference.UarInterval)} points of UAR from {harm.Best} alone (n = {harm.Difference.Count})"))
            .Concat(Subsets(records.Served?.Metrics).Where(one => (double)one.Figures["difference"]! < -AllowedLoss).Select(one =>
                $"what ships, drawn tuples `{one.Name}`: {Difference(one.Figures)} points of WA from {one.Figures["best"]} alone (n = {one.Figures["n"]})"))
            .Append(ClipTables.Missed(records.Clips)).OfType<string>().ToList();
        text.Paragraph(missed.Count == 0
            ? "No loss of more than 1 point against the best input alone was found."
            : $"**Missed: a loss of at most {Markdown.Percent(AllowedLoss)} point against the best input alone**, where: {string.Join("; ", missed)}.");
        if (face != PairedModalities.ActionUnits)
        {
            return;
        }

        text.Paragraph(
            "**Not measured**: calibration and harm of the fusion that ships on really paired data. Its face network reads pictures, and of the paired corpus only action units are here; what it is worth is told on drawn tuples and on labelled clips.");
    }

    public static void Protocol(Markdown text, PairedStudySpec study)
    {
        text.Heading(2, "Who saw whom");
        text.Paragraph(
            $"EmoBox's six folds by actor. Folds go in pairs, 1 and 2, 3 and 4, 5 and 6. One network of MFCC (ResNet-18) learns from the 16 actors of the other four folds; its feature maps " +
            $"serve both folds of the pair: one tests, and on the four actors of the other, whom that network never heard, fusion, its rivals and all temperatures and thresholds are fitted; then the " +
            "other way round. The frozen encoder (Moonshine tiny, layers 1 to 3) and action units are numbers that no fold has trained; for them the 16 take part in fusion, too, with posteriors of " +
            "networks that never saw their fold nor the test's. Temperatures, thresholds and how much of a learned fusion's correction counts come from the held actors, each answered by a fusion that was trained without him or her. " +
            "Lengths are fixed and weights averaged: no epoch is chosen, and no number is chosen on a test part. Two rules were made after a test table had been seen, though (powers for each subset, and shares of the " +
            "correction): they took `paired8` from UAR 83.3 to 84.6, past the goal ([why](../decisions/paired-fusion.md)).");
        text.Table(["training", "epochs", "averaging"],
        [
            ["mfcc-resnet18", $"{study.SpeechPatch["training"]?["epochs"]}, the rest as the recipe `audio` with {study.SpeechPatch.ToJsonString()}", "as the recipe"],
            ["encoder", $"{study.Encoder.Training.Epochs}", $"{study.Encoder.Training.Averaging}"],
            study.Face == PairedModalities.ActionUnits
                ? ["action-units", $"{study.ActionUnits.Training.Epochs}", $"{study.ActionUnits.Training.Averaging}"]
                : [study.Face, $"{study.FaceVideo.Training.Epochs}", $"{study.FaceVideo.Training.Averaging}"],
            ["fusion, attention", $"{study.Fusion.Training.Epochs}", $"{study.Fusion.Training.Averaging}"],
        ], wordColumns: 2);
    }

    public static void Made(Markdown text, IReadOnlyList<PairedTable> told, Provenance provenance)
    {
        text.Heading(2, "How it was made");
        var cells = told.SelectMany(table => table.Results.Cells).Select(cell => cell.Facts).ToList();
        text.Table(["what", "value"],
        [
            ["command", $"`./emotion training study paired`, then `{provenance.Command}`"],
            ["commit of the report", $"`{provenance.Commit}`"],
            ["commits of the cells", string.Join(" ", cells.Select(cell => $"`{cell.Commit[..Math.Min(10, cell.Commit.Length)]}`").Distinct())],
            ["data digests", string.Join("; ", cells.SelectMany(cell => cell.DataDigests).Select(one => $"{one.Key} `{one.Value}`").Distinct())],
            ["seeds", string.Join(" ", cells.Select(cell => cell.Seed).Distinct())],
            ["digest of the study's numbers", string.Join(" ", cells.Select(cell => $"`{cell.Study}`").Distinct())],
            ["machine", $"{provenance.Machine}, {provenance.Cores} cores"],
            ["versions", $".NET {provenance.DotNet}, libtorch {provenance.LibTorch}, ONNX Runtime {provenance.OnnxRuntime}"],
        ], wordColumns: 2);
        text.Table(["protocol", "fold", "test actors", "held actors", "clips: all inputs", "clips: encoder and action units", "test clips"], cells.Select(cell => (IReadOnlyList<string>)
        [
            cell.Protocol, $"{cell.Fold}", People(cell.TestActors), People(cell.HeldActors), $"{cell.WholeClips}", $"{cell.PartialClips}", $"{cell.TestClips}",
        ]));
    }

    public static void Worth(Markdown text, PairedTable table)
    {
        text.Heading(2, $"{table.Results.Name}: {table.Results.Labels.Count} classes, the face as {FaceName(table.Results.Table)}");
        List<PooledRow> rows = [.. table.Results.Table.Table.Select(row => table.Row(row.Name))];
        PooledTables.Worth(text, rows);
        var fused = table.Row(PairedRows.Fusion);
        text.Paragraph("Fusion against the others on the same clips, in points (95 % interval over actors):");
        text.Table(["against", "UAR", "WA"], rows.Where(row => row != fused).Select(row =>
        {
            var difference = ControlTables.Difference(fused.Answers, row.Answers)!;
            return (IReadOnlyList<string>)[row.Name, ControlTables.Points(difference.Uar, difference.UarInterval), ControlTables.Points(difference.Wa, difference.WaInterval)];
        }));
        PooledTables.By(text, [fused, table.BestAlone], "fold", answer => $"{answer.Fold}");
    }

    public static void Selective(Markdown text, PairedTable table, double coverage)
    {
        text.Heading(3, $"Uncertain answers withheld, {table.Results.Name}");
        text.Paragraph(
            $"Per fold the threshold that leaves {Markdown.Percent(coverage)} % of the held actors' clips answered; asked for: {Markdown.Percent(SelectiveGoal)} % of the answered right. The package that ships has a threshold of its own, by another rule, from drawn tuples.");
        text.Table(["row", "n", "answered", "per cent", "right of them, per cent"], table.Results.Table.Table.Select(row =>
        {
            var selective = table.Results.Selective(row.Name);
            return (IReadOnlyList<string>)[row.Name, $"{selective.Count}", $"{selective.Answered}", Markdown.Percent(selective.Coverage), Markdown.Percent(selective.Accuracy, selective.Interval)];
        }));
    }

    public static void Harm(Markdown text, PairedTable table)
    {
        text.Heading(3, $"Whatever is missing, {table.Results.Name}");
        text.Paragraph(
            $"Fusion on each subset of its inputs beside the best of them alone, the best on these very clips (n = {table.Row(PairedRows.Fusion).Answers.Count}); asked for: no loss above " +
            $"{Markdown.Percent(AllowedLoss)} point. Differences in points of UAR and WA, paired, 95 % interval over actors. One input by itself answers as its own network does.");
        text.Table(["inputs", "fusion, UAR", "best alone", "its UAR", "UAR", "WA", "within"], table.Harm.Select(harm => (IReadOnlyList<string>)
        [
            harm.Subset, Markdown.Percent(harm.Fused.Scores.Uar), harm.Best, Markdown.Percent(harm.Alone.Scores.Uar),
            ControlTables.Points(harm.Difference.Uar, harm.Difference.UarInterval), ControlTables.Points(harm.Difference.Wa, harm.Difference.WaInterval),
            harm.Loss <= AllowedLoss ? "yes" : "**no**",
        ]));
    }

    public static void Fitted(Markdown text, PairedTable table)
    {
        text.Heading(3, $"Fitted on held actors, {table.Results.Name}");
        var cells = table.Results.Cells.Select(cell => cell.Facts).ToList();
        text.Table(["what", .. cells.Select(cell => $"fold {cell.Fold}")],
        [
            .. table.Results.Table.Modalities.Select(name => (IReadOnlyList<string>)[$"power of {name}", .. cells.Select(cell => Markdown.Number(cell.Weights[name], 2))]),
            .. table.Results.Table.Table.Select(row => (IReadOnlyList<string>)
                [$"temperature of {row.Name}", .. cells.Select(cell => Markdown.Number(cell.Rows[row.Name].Temperature, 2))]),
            .. table.Results.Table.All.Where(row => row.IsLearned).Select(row => (IReadOnlyList<string>)
                [$"share of the correction, {row.Name}", .. cells.Select(cell => Markdown.Number(cell.Rows[row.Name].CorrectionShare, 2))]),
            ["fusion is uncertain below", .. cells.Select(cell => Markdown.Number(cell.Rows[PairedRows.Fusion].UncertainBelow, 3))],
        ]);
    }

    public static void Drawn(Markdown text, (string Version, JsonObject Metrics)? served)
    {
        text.Heading(2, "The fusion that ships, on drawn tuples");
        if (served is not { } package)
        {
            text.Paragraph("There is no fusion package.");
            return;
        }

        text.Paragraph(
            $"`drawn: true`: voices, faces and texts of different people, brought together by label, which is easier than life. No figure of the product's accuracy. As the manifest of `{package.Version}` says.");
        text.Paragraph("Intervals are over tuples, which share recordings of four actors, pictures and sentences: of other people they would be wider.");
        var subsets = Subsets(package.Metrics).ToList();
        List<string> rivals = [.. subsets.SelectMany(one => one.Figures["rivals"]!.AsObject().Select(rival => rival.Key)).Distinct()];
        text.Table(["tuples", "n", "fusion, UAR", "best alone", "difference in WA, points", "within", .. rivals.Select(rival => $"{rival}, UAR")], subsets.Select(one => (IReadOnlyList<string>)
        [
            one.Name, $"{one.Figures["n"]}", Markdown.Percent((double)one.Figures["uar"]!), (string)one.Figures["best"]!, Difference(one.Figures),
            (double)one.Figures["difference"]! < -AllowedLoss ? "**no**" : "yes",
            .. rivals.Select(rival => one.Figures["rivals"]![rival] is { } there ? Markdown.Percent((double)there["uar"]!) : "not trained"),
        ]));
        if (package.Metrics["correctionShares"] is JsonObject shares)
        {
            text.Paragraph(
                "How much of the trained layers' correction counts beside the product of the posteriors, as the validation actor chose: " + string.Join(", ", shares.Where(share => share.Key.Contains('+', StringComparison.Ordinal))
                    .Select(share => $"{share.Key} {Markdown.Number((double)share.Value!, 2)}")) + ". Where it is 0, what ships is that product, calibrated.");
        }

        Noise(text, package.Metrics["noise"] as JsonObject);
    }

    // One modality that misleads, against the same tuples without it.
    private static void Noise(Markdown text, JsonObject? noise)
    {
        if (noise is null)
        {
            return;
        }

        text.Paragraph(
            "One modality spoiled, against the same tuples without that modality, in points of WA: it has no idea (all labels alike, feature maps of anybody), it is sure of another label (evidence of another label, the worst case, which nothing that only reads " +
            "posteriors can tell from the truth), or it is a voice under white noise as loud as itself. Loud noise of other kinds was heard by the speech network alone ([noise](../decisions/noise-temperature.md)); black pictures and other languages end in abstentions, so that fusion does without.");
        (string Figure, string Name)[] ways = [("noIdea", "no idea"), ("otherLabel", "sure of another label"), ("whiteNoise", "white noise, 0 dB")];
        text.Table(["spoiled", "n", .. ways.Select(way => way.Name)], noise.Where(one => one.Value is JsonObject).Select(one => (IReadOnlyList<string>)
            [one.Key, $"{one.Value!["without"]!["n"]}", .. ways.Select(way => one.Value[way.Figure] is JsonObject figures ? Difference(figures) : "")]));
    }

    private static IEnumerable<(string Name, JsonObject Figures)> Subsets(JsonObject? metrics) =>
        (metrics ?? []).Where(one => one.Value is JsonObject figures && figures.ContainsKey("rivals")).Select(one => (one.Key, one.Value!.AsObject()));

    private static string Difference(JsonObject figures)
    {
        var interval = figures["differenceInterval95"]!.AsArray();
        return ControlTables.Points((double)figures["difference"]!, new Interval((double)interval[0]!, (double)interval[1]!));
    }

    public static void Explained(Markdown text, JsonObject? explained)
    {
        text.Heading(2, "Explained");
        text.Paragraph(explained is null
            ? $"How well explanations hold was not measured: there is no `{FusionReport.ExplainedFile}`."
            : $"Deleting the window that an answer names first lowers the winning score more than deleting a random one in {Hits(explained)} of cases (`{FusionReport.ExplainedFile}`). That tests the arithmetic: the answer " +
                "is a weighted mean of windows, and the one that is named is the one whose loss costs it most. What could have failed is whether it is the right one: " +
                $"{Of("top_is_of_the_answers_label")} of those that were named first are of a recording with the label that was answered, of all windows {Of("windows_of_the_answers_label")} are (sound alone). " +
                $"These clips, joined from recordings of several labels, are answered by the label of most of their windows in {Of("answered_by_most_windows")} of cases by sound alone, in {Of("answered_by_most_windows", "sound_and_faces")} with drawn faces.");

        string Of(string figure, string part = "sound") => explained?[part]?[figure] is JsonValue share ? $"{Markdown.Percent((double)share)} %" : "an unknown share";
    }

    private static string Hits(JsonObject explained) =>
        explained["hit_rate"] is JsonValue rate ? $"{Markdown.Percent((double)rate)} %" : "an unknown share";

    /// <summary>In words, what the face is.</summary>
    public static string FaceName(PairedRows rows) => rows.Modalities.Contains(PairedModalities.ActionUnits) ? "action units" : "film";

    private static string People(IEnumerable<int> actors) => string.Join(" ", actors.Select(actor => $"{actor:00}"));
}
