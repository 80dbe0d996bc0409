using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;

namespace Emotion.Training.Reports;

/// <summary>
/// The whole system on clips of real people, which nothing was trained, chosen or calibrated on: whether the fused answer is right as often as its best modality, and as often as it says. A
/// take that is there in several encodings counts once; intervals are over people.
/// </summary>
internal static class ClipTables
{
    private const string Fused = "fused";

    private static readonly int Calm = EmotionLabels.IndexOf("calm");

    private static readonly string[] Modalities = ["video", "audio", "text"];

    public static void Write(Markdown text, JsonObject? record)
    {
        text.Heading(2, "The whole system on labelled clips of real people");
        if (record is null)
        {
            text.Paragraph($"Not measured: there is no `{FusionReport.ClipsFile}`, which `./emotion prove labelled-clips` writes.");
            return;
        }

        var clips = Clips(record);
        var fused = ScoresOf(clips, Fused);
        text.Paragraph(
            $"File to answer, release {clips[0].Release}, {fused.Count} takes of {fused.Subjects} people (`{FusionReport.ClipsFile}`: command, commit, machine, every probability). {Unknown(clips)}Most clips have no sound, and in few of those that have some does anybody " +
            "speak: there fusion passes on what the face says. A clip without an answer is not recognised.");
        text.Table(["row", "clips with an answer", "WA of these takes", "fused WA of the same", "fused less the row, points"], Modalities.Append(Fused).Select(row =>
        {
            var some = clips.Where(clip => clip.Posteriors[row] is not null).ToList();
            if (some.Count == 0)
            {
                return (IReadOnlyList<string>)[row, "0", "", "", ""];
            }

            var (mine, theirs) = (ScoresOf(some, Fused), ScoresOf(some, row));
            var (low, high) = mine.Difference(theirs);
            return [row, $"{some.Count}", Markdown.Percent(theirs.Wa, theirs.WaInterval), Markdown.Percent(mine.Wa, mine.WaInterval), row == Fused ? "" : ControlTables.Points(mine.Wa - theirs.Wa, new Interval(low, high))];
        }));
        Parted(text, clips);
        var (sure, right) = Certain(clips);
        var wilson = WilsonInterval.Of(right, sure);
        text.Paragraph(sure == 0 ? "No answer says `certain`." :
            $"`certain` say {sure} of the {clips.Count} files' answers, and {right} of these are right: {Markdown.Percent(right / (double)sure, wilson)} %. The threshold is the package's, chosen on its own drawn tuples; that of the paired data above, at 60 % of the answers, is another.");
        var (gap, interval) = Boast(clips);
        text.Paragraph(
            $"Calibration: mean confidence of the fused answers less the share that is right, {ControlTables.Points(gap, interval)} points (above 0 it boasts). With so few takes this tells a broken calibration from a working one, and no more.");
    }

    public static JsonNode? Json(JsonObject? record)
    {
        if (record is null)
        {
            return null;
        }

        var clips = Clips(record);
        var (gap, interval) = Boast(clips);
        var (sure, right) = Certain(clips);
        var json = new JsonObject { ["certain"] = sure, ["certain_right"] = right, ["n"] = ScoresOf(clips, Fused).Count, ["release"] = clips[0].Release, ["confidence_less_hits"] = SpeechFigures.Rounded(gap), ["confidence_less_hits_interval95"] = SpeechFigures.Pair(interval) };
        foreach (var row in Modalities.Append(Fused))
        {
            var some = clips.Where(clip => clip.Posteriors[row] is not null).ToList();
            if (some.Count > 0)
            {
                var (scores, same) = (ScoresOf(some, row), ScoresOf(some, Fused));
                var (low, high) = same.Difference(scores);
                json[row] = new JsonObject
                {
                    ["clips"] = some.Count, ["wa"] = SpeechFigures.Rounded(scores.Wa), ["wa_interval95"] = SpeechFigures.Pair(scores.WaInterval),
                    ["fused_less_this"] = SpeechFigures.Rounded(same.Wa - scores.Wa), ["fused_less_this_interval95"] = SpeechFigures.Pair(new Interval(low, high)),
                };
            }
        }

        return json;
    }

    /// <summary>Clips whose face is told otherwise once there is sound or text, too: what fusion is for, and what it costs.</summary>
    private static void Parted(Markdown text, IReadOnlyList<AnsweredClip> clips)
    {
        static string Said(float[]? posterior) => posterior is null
            ? "no answer" : $"{EmotionLabels.Names[Scores.Prediction(posterior, null)]} {Markdown.Number(posterior[Scores.Prediction(posterior, null)], 2)}";
        var parted = clips.Where(clip => clip.Posteriors[Fused] is { } fused && clip.Posteriors["video"] is { } seen && Scores.Prediction(fused, null) != Scores.Prediction(seen, null)).ToList();
        if (parted.Count == 0)
        {
            text.Paragraph("No clip is answered otherwise than its face alone would be.");
            return;
        }

        text.Paragraph("Clips that are answered otherwise than their faces alone would be:");
        text.Table(["clip", "label", "fused", .. Modalities], parted.Select(clip => (IReadOnlyList<string>)
            [$"`{clip.Clip.Name}`", EmotionLabels.Names[clip.Clip.Label!.Value], Said(clip.Posteriors[Fused]), .. Modalities.Select(row => Said(clip.Posteriors[row]))]), wordColumns: 6);
        if (parted.Any(clip => Scores.Prediction(clip.Posteriors[Fused]!, null) == Calm))
        {
            text.Paragraph(
                "A face network that has never learned `calm` is no evidence for it or against it, so a voice that sounds calm to a network that learned from a few actors wins against a face that is sure of something else.");
        }
    }

    /// <summary>What fusion costs on these clips against the faces alone; null where it costs nothing or nothing was measured.</summary>
    public static string? Missed(JsonObject? record)
    {
        if (record is null)
        {
            return null;
        }

        var clips = Clips(record).Where(clip => clip.Posteriors["video"] is not null).ToList();
        var (fused, seen) = (ScoresOf(clips, Fused), ScoresOf(clips, "video"));
        var (low, high) = fused.Difference(seen);
        return fused.Wa < seen.Wa
            ? $"on labelled clips of real people the fused answers are {ControlTables.Points(fused.Wa - seen.Wa, new Interval(low, high))} points of WA from the faces alone (n = {fused.Count} takes)" : null;
    }

    private static string Unknown(IReadOnlyList<AnsweredClip> clips)
    {
        var unknown = clips.Select(clip => clip.Clip.Subject).Where(subject => subject.Contains("unknown", StringComparison.Ordinal)).Distinct().Count();
        return unknown == 0 ? "" : $"Of {unknown} of them nobody knows who they are: they count as people of their own and may be fewer, which makes the intervals narrow. ";
    }

    private static (int Sure, int Right) Certain(IReadOnlyList<AnsweredClip> clips)
    {
        var sure = clips.Where(clip => clip.Status == "certain" && clip.Posteriors[Fused] is not null).ToList();
        return (sure.Count, sure.Count(clip => Scores.Prediction(clip.Posteriors[Fused]!, null) == clip.Clip.Label));
    }

    private static (double Gap, Interval Interval) Boast(IReadOnlyList<AnsweredClip> clips)
    {
        var answered = clips.Where(clip => clip.Posteriors[Fused] is not null).ToList();
        double[] gaps =
        [
            .. answered.Select(clip =>
            {
                var posterior = clip.Posteriors[Fused]!;
                var said = Scores.Prediction(posterior, null);
                return posterior[said] - (said == clip.Clip.Label ? 1.0 : 0);
            }),
        ];
        var (low, high) = Bootstrap.MeanInterval(gaps, [.. answered.Select(clip => clip.Clip.Subject)]);
        return (gaps.Average(), new Interval(low, high));
    }

    private static ClipScores ScoresOf(IReadOnlyList<AnsweredClip> clips, string row) =>
        new([.. clips.Select(clip => clip.Clip)], [.. clips.Select(clip => clip.Posteriors[row])], [.. EmotionLabels.Names.Select(_ => true)]);

    private static List<AnsweredClip> Clips(JsonObject record) =>
    [
        .. record["clips"]!.AsArray().Select(clip => new AnsweredClip(
            LabelledClips.Of("", (string)clip!["clip"]!, (string)clip["subject"]!, (string)clip["emotion"]!), (string?)clip["release"] ?? "unknown", (string?)clip["status"],
            Modalities.Append(Fused).ToDictionary(row => row, row => clip[row] is JsonArray shares ? shares.Select(share => (float)(double)share!).ToArray() : null))),
    ];

    private sealed record AnsweredClip(LabelledClip Clip, string Release, string? Status, IReadOnlyDictionary<string, float[]?> Posteriors);
}
