using System.Globalization;
using System.Text.Json.Nodes;
using Emotion.Inference.Video;
using Emotion.Training.Evaluation;

namespace Emotion.Training.Reports;

/// <summary>The tables of <c>face.md</c> about sequences and whole clips.</summary>
internal static class SequenceTables
{
    public static void Write(Markdown text, FaceFigures figures)
    {
        text.Heading(2, "Sequences: the network over time against the mean of the pictures").Paragraph(
            "The same face frames, read by the sequence network and by averaging the posteriors of the frames. The composed ones are no video. The difference is "
            + "of answers to the same sequences.");
        TwoAnswers[] sets = figures.Recorded is { } recorded ? [figures.Real, figures.Composed, recorded] : [figures.Real, figures.Composed];
        var differences = figures.Differences;
        text.Table(
            ["set", "n", "people", "LSTM WA", "mean WA", "LSTM less mean, points", "LSTM UAR", "mean UAR"],
            sets.Select((two, i) => (IReadOnlyList<string>)
            [
                two.Network.Set, FaceTables.Count(two.Network.Labels.Count), two.Network.Subjects is { } people ? FaceTables.Count(people.Distinct().Count()) : "",
                FaceTables.Wa(two.Network), FaceTables.Wa(two.Mean), Points(differences[i]), FaceTables.Uar(two.Network), FaceTables.Uar(two.Mean),
            ]).Append(
            [
                "labelled clips, from file to answer", FaceTables.Count(figures.ClipsByMean.Count), FaceTables.Count(figures.ClipsByMean.Subjects),
                Wa(figures.ClipsByNetwork), Wa(figures.ClipsByMean), Points(differences[^1]), "", "",
            ]));
        text.Paragraph(Verdict(figures));
    }

    public static void Clips(Markdown text, ClipScores clips)
    {
        text.Heading(2, "Whole clips of real people").Paragraph(
            $"Never trained on, from file to answer, as served: WA {Wa(clips)}, n = {clips.Count} takes of {clips.Subjects} people; {clips.Unanswered} clips got no "
            + "answer and count as wrong.");
        text.Table(["emotion", "n", "WA"], clips.ByLabel.Select(Group));
        text.Table(["source", "n", "WA"], clips.BySource.Select(Group));
    }

    // What export chose, without these sets, and whether they agree.
    private static string Verdict(FaceFigures figures)
    {
        var choice = figures.Package.Manifest.Metrics["answer"] as JsonObject;
        var how = choice is null
            ? "its manifest does not say why"
            : FormattableString.Invariant(
                $"chosen at export without these sets: NLL {Nll(choice, SequenceSpec.Network):F4} of the network, {Nll(choice, SequenceSpec.Mean):F4} of the mean; ")
                + $"rule: {choice["rule"]}";
        var sign = figures.Answer == SequenceSpec.Mean ? -1 : 1;
        var loses = figures.Differences.Where(one => sign * one.Gain < 0).ToList();
        var verdict = loses.Count == 0
            ? "Here it wins or is equal on every set."
            : $"Here it loses on {string.Join(", ", loses.Select(one => one.Set + (sign * one.Low < 0 && sign * one.High < 0 ? "" : " (within the interval)")))}.";
        return $"The package answers by `{figures.Answer}` ({how}). {verdict}";
    }

    private static double Nll(JsonObject choice, string answer) => choice[answer]?["nll"]?.GetValue<double>() ?? double.NaN;

    private static string Points((string Set, double Gain, double Low, double High) one) =>
        $"{Markdown.Points(one.Gain)} ({Markdown.Points(one.Low)} to {Markdown.Points(one.High)})";

    private static IReadOnlyList<string> Group(ClipGroup group) =>
        [group.Name, group.Count.ToString(CultureInfo.InvariantCulture), Markdown.Percent(group.Wa, group.WaInterval)];

    private static string Wa(ClipScores clips) => Markdown.Percent(clips.Wa, clips.WaInterval);
}
