using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Training.Evaluation;
using Emotion.Training.Packaging;

namespace Emotion.Training.Reports;

/// <summary>The tables of the classifier of texts.</summary>
internal static class TextTables
{
    private const double MostEce = 0.05, MostMilliseconds = 3;

    public static void Goals(Markdown text, TextRow row, HeardFigures heard)
    {
        static string Reached(double value, double floor, double goal) => value >= goal ? "goal" : value >= floor ? "floor" : "neither";
        static string Below(double value, double goal, double floor) => value <= goal ? "goal" : value <= floor ? "floor" : "neither";
        string[] NotRun(string name, string floor, string goal) => [name, heard.Missing, floor, goal, heard.Missing];
        var (worth, ravdess) = (row.Worth, heard.Figures?["ravdess"]);
        IReadOnlyList<string> Heard(string name, string key, double floor, double goal, Func<double, double, double, string> reached) => (double?)ravdess?[key] is { } value
            ?
            [
                $"{name} (n = {ravdess["transcripts"]})", Markdown.Percent(value, IntervalOf(ravdess["interval_over_actors"]![key]!)),
                Markdown.Percent(floor), Markdown.Percent(goal), reached(value, floor, goal),
            ]
            : NotRun(name, Markdown.Percent(floor), Markdown.Percent(goal));
        text.Table(["figure", "value", "floor", "goal", "reached"],
        [
            ["GoEmotions test, Ekman grouping: macro-F1, per cent (BERT 64)", Markdown.Percent(worth.MacroF1, worth.MacroInterval), "50.0", "60.0", Reached(worth.MacroF1, 0.5, 0.6)],
            ["MELD test: weighted F1, per cent", Markdown.Percent(worth.WeightedF1, worth.WeightedInterval), "50.0", "58.0", Reached(worth.WeightedF1, 0.5, 0.58)],
            ["calibration error, GoEmotions test", Markdown.Number(worth.Comments.Ece, worth.Comments.EceInterval, 3), "", "0.050", Below(worth.Comments.Ece, MostEce, MostEce)],
            ["calibration error, MELD test", Markdown.Number(worth.Lines.Ece, worth.Lines.EceInterval, 3), "", "0.050", Below(worth.Lines.Ece, MostEce, MostEce)],
            Heard("RAVDESS, actors 5 to 24: word error rate, per cent", "word_error_rate", 0.15, 0.08, (value, floor, goal) => Below(value, goal, floor)),
            Heard("RAVDESS, actors 5 to 24: exact sentences, per cent", "exact", 0.8, 0.9, Reached),
            (double?)ravdess?["real_time_factor"] is { } factor
                ? ["speech to text: processor time over length of the sound, one thread", Markdown.Number(factor, 3) + Loaded(ravdess["load_average"]), "", "0.100", Below(factor, 0.1, 0.1)]
                : NotRun("speech to text: processor time over length of the sound, one thread", "", "0.100"),
            [
                "a sentence, one thread, p50 ms", Markdown.Number(worth.Judgement.MedianMilliseconds, 2) + Loaded(worth.Judgement.Loads()), "", Markdown.Number(MostMilliseconds, 2),
                Below(worth.Judgement.MedianMilliseconds, MostMilliseconds, MostMilliseconds),
            ],
            ["the classifier, MB (10^6 bytes)", Markdown.Number(row.Megabytes, 2), "", Markdown.Number(TextPackage.MostMegabytes, 2), Below(row.Megabytes, TextPackage.MostMegabytes, TextPackage.MostMegabytes)],
        ]);
        text.Paragraph(
            $"In brackets the 95 % interval of a bootstrap of {ActorBootstrap.Draws} draws: over comments, over MELD's dialogues, each with all its lines, and over RAVDESS's actors, since what is of one is alike. A goal " +
            "that lies inside an interval is reached or missed by chance. A text is read by itself: MELD's context and speaker are not used. The load is that before and after what was timed; well above 1 " +
            "other work ran beside it, and the time is too high. The classifier's size is that of its graph and its pieces; speech to text is npm's and counted apart.");
    }

    public static void Labels(Markdown text, TextRow row)
    {
        text.Heading(2, "Labels of GoEmotions, each by itself");
        text.Paragraph(
            $"All {row.Worth.Judgement.Comments.Count} comments of the test part; one may carry several labels. A label is said from its threshold on, the median of the best thresholds over " +
            "resampled comments of the dev part. `calm` is in no corpus of texts: its posterior is 0 and it is not covered, which is no evidence against it.");
        text.Table(["label", "comments that carry it", "F1, per cent", "threshold"], row.Worth.Labels().Select(label => (IReadOnlyList<string>)
        [
            EmotionLabels.Names[label], $"{row.Worth.CarriedBy(label)}", Markdown.Percent(row.Worth.F1[label], row.Worth.F1Intervals[label]),
            Markdown.Number(row.Spec.Thresholds[label], 3),
        ]));
    }

    public static void Rows(Markdown text, IReadOnlyList<TextRow> rows, IReadOnlyList<UnreadableRival> unreadable)
    {
        text.Heading(2, "Rivals");
        text.Table(
            ["row", "learned from", "package", "GoEmotions macro-F1", "MELD weighted F1", "ECE GoEmotions", "ECE MELD", "MB", "ms"],
            rows.Select(row => (IReadOnlyList<string>)
            [
                row.Name, string.Join(", ", row.Recipe.Corpora), $"`{row.Version}`", Markdown.Percent(row.Worth.MacroF1, row.Worth.MacroInterval),
                Markdown.Percent(row.Worth.WeightedF1, row.Worth.WeightedInterval), Markdown.Number(row.Worth.Comments.Ece, 3), Markdown.Number(row.Worth.Lines.Ece, 3),
                Markdown.Number(row.Megabytes, 2), Markdown.Number(row.Worth.Judgement.MedianMilliseconds, 2),
            ]), wordColumns: 3);
        foreach (var rival in unreadable)
        {
            text.Paragraph($"`{rival.Name}` is unreadable and left out: {rival.Why}");
        }
    }

    public static void Shipping(Markdown text, IReadOnlyList<TextRow> rows, TextRow shipped)
    {
        text.Heading(2, "With and without MELD");
        const string Rule = "MELD's texts are lines of a television series in a GPL-3.0 repository, so its licence is doubtful: the classifier without it ships if neither figure loses 2 points on the dev parts.";
        if (TextShipping.Of(shipped, rows) is not { } shipping)
        {
            text.Paragraph($"{Rule} Only the {(shipped.WithMeld ? "one with" : "one without")} is here, `{shipped.Name}`; the other, of the same recipe but for that, was not run.");
            return;
        }

        static string Said(TextDifference less) =>
            $"{ControlTables.Points(less.Macro, less.MacroInterval)} points of macro-F1 on GoEmotions, {ControlTables.Points(less.Weighted, less.WeightedInterval)} points of weighted F1 on MELD";
        text.Paragraph(
            $"{Rule} Without MELD, against with it, on the same texts of the dev parts: {Said(shipping.Dev)}; thresholds and temperature of both were chosen there too. On the test parts, " +
            $"which decide nothing: {Said(shipping.Test)}. So the one **{(shipping.ShipsWithout ? "without" : "with")}** MELD is to be shipped" +
            (shipped.WithMeld == shipping.ShipsWithout ? ", **but the shipped package is the other one**." : ", and is.") +
            (shipped.WithMeld ? " Its manifest says: research, non-commercial." : " Its manifest says CC BY 4.0, as GoEmotions."));
    }

    public static void Leak(Markdown text, TextRow row, HeardFigures heard)
    {
        text.Heading(2, "RAVDESS's words tell nothing");
        text.Paragraph(
            $"Two sentences, each said as often in every emotion. Read as they are, each has one posterior, whatever the emotion, and UAR over {row.Leak.Scores.Count} recordings is " +
            $"{row.Leak.Scores.Uar}: " + (row.Leak.Scores.Uar == SentenceLeak.Chance ? "exactly chance, no leak." : "**not chance: something leaks.**") + " " +
            (TextReportJson.TranscriptsUar(heard.Figures, row) is { } uar
                ? Misheard((double)uar!, heard.Figures!["classifier"]!)
                : "By what speech to text hears: not run with this package (`./emotion training evaluate transcription`)."));
        string[] columns = ["sentence", .. EmotionLabels.Names];
        text.Table(columns, row.Leak.Posteriors.Select(one => (IReadOnlyList<string>)[one.Key, .. one.Value.Select(probability => Markdown.Number(probability, 3))]));
    }

    private static string Misheard(double uar, JsonNode read) =>
        $"By what speech to text heard, mishearings and abstentions among it, UAR is {Markdown.Percent(uar, IntervalOf(read["uar_interval95"]!))} per cent over {read["actors"]} actors " +
        $"(n = {read["n"]}). Of these it abstained {read["abstained"]} times" +
        (read["uar_without_abstentions"] is { } answered
            ? $"; without them UAR is {Markdown.Percent((double)answered, IntervalOf(read["uar_without_abstentions_interval95"]!))}. "
            : ". ") +
        "What is above 12.5 is of how a sentence is misheard, not of its words.";

    private static Interval IntervalOf(JsonNode ends) => new((double)ends[0]!, (double)ends[1]!);

    private static string Loaded(JsonNode? loads) =>
        loads is JsonArray { Count: 2 } both && both[0] is { } before && both[1] is { } after
            ? $" (load {Markdown.Number((double)before, 1)} to {Markdown.Number((double)after, 1)})" : "";
}
