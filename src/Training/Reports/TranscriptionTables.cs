using System.Globalization;
using System.Text.Json.Nodes;

namespace Emotion.Training.Reports;

/// <summary>What <c>evaluate transcription</c> measured, as tables.</summary>
internal static class TranscriptionTables
{
    public static void Write(Markdown text, HeardFigures heard)
    {
        text.Heading(2, "Speech to text");
        if (heard.Figures is not { } transcription)
        {
            text.Paragraph($"{char.ToUpperInvariant(heard.Missing[0])}{heard.Missing[1..]}: `./emotion training evaluate transcription`.");
            return;
        }

        var (ravdess, aloud, others) = (transcription["ravdess"]!, transcription["meld_read_aloud"]!, transcription["other_languages"]!);
        text.Paragraph(
            $"Measured by `./emotion training evaluate transcription` at commit `{transcription["provenance"]?["commit"]}`. Moonshine tiny of npm, as served; nothing of it was trained here. RAVDESS: actors " +
            $"{ravdess["actors"]} (trimming and level were chosen on the others), every recording; intervals are over actors. An abstention counts as all words missing. MELD's " +
            $"lines are read by {aloud["espeak"] ?? "espeak-ng"}; intervals are over lines.");
        text.Table(["speech", "n", "word error rate", "exact", "abstained"],
        [
            Row("RAVDESS, all", ravdess, ravdess["interval_over_actors"]),
            .. Groups("RAVDESS, ", ravdess["by_emotion"]), .. Groups("RAVDESS, intensity ", ravdess["by_intensity"]),
            Row("lines of MELD read by espeak-ng, all", aloud, aloud["interval_over_lines"]), .. Groups("read by ", aloud["by_voice"]),
        ]);
        text.Paragraph($"Other languages, {others["sentences"]} sentences read by espeak-ng: it says nothing of {Percent(others["abstained"])} per cent of them, as it should.");
    }

    private static IEnumerable<IReadOnlyList<string>> Groups(string name, JsonNode? groups) =>
        (groups as JsonObject ?? []).Select(group => Row(name + group.Key, group.Value!, null));

    private static IReadOnlyList<string> Row(string name, JsonNode figures, JsonNode? intervals) =>
    [
        name, ((int)figures["transcripts"]!).ToString(CultureInfo.InvariantCulture), Percent(figures["word_error_rate"]) + Ends(intervals?["word_error_rate"]),
        Percent(figures["exact"]) + Ends(intervals?["exact"]), Percent(figures["abstained"]),
    ];

    private static string Percent(JsonNode? fraction) => Markdown.Percent((double)fraction!);

    private static string Ends(JsonNode? interval) => interval is null ? "" : $" ({Percent(interval[0])} to {Percent(interval[1])})";
}
