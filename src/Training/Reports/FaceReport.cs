using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;

namespace Emotion.Training.Reports;

/// <summary>
/// <c>face.md</c> and <c>face.json</c>. Speeds, memory and tracks are measured by other commands, which leave JSON files in the same folder: what
/// they say is taken over, and what none of them has said is null.
/// </summary>
public sealed class FaceReport(string output)
{
    private const string Command = "./emotion training report face";
    private const double Floor = 0.66, Goal = 0.73;

    /// <summary>The figure's name in face.json; file and name where it is measured; how it is measured.</summary>
    private static readonly (string Name, string File, string Key, string Measured)[] Elsewhere =
    [
        ("idf1", "face-tracks.json", "idf1", "the lower of two generated clips of two faces (`./emotion prove face-tracks`)"),
        ("video_p50_s", "face-speed.json", "video_p50_s", "seconds of the video service for 4 s of 720p at 5 pictures/s, median"),
        ("clips_per_s", "face-speed.json", "clips_per_s", "such clips a second, at saturation"),
        ("pictures_per_s", "face-speed.json", "pictures_per_s", "pictures a second, each searched and read"),
        ("human_pictures_per_s", "face-speed.json", "human_pictures_per_s", "the same by npm @vladmandic/human"),
        ("human_wa", "face-human.json", "human_wa", "WA of the emotion network of npm @vladmandic/human on PrivateTest"),
        ("rss_ratio_60min", "long-video.json", "rss_ratio_60min", "peak memory of a long clip over that of a minute (`./emotion prove long-video`)"),
    ];

    public void Write(FaceFigures figures, IReadOnlyList<FaceCell> cells, Provenance provenance)
    {
        Directory.CreateDirectory(output);
        File.WriteAllText(Path.Combine(output, "face.json"), Json(figures, cells, provenance).ToJsonString(RecipeFile.Json) + "\n");
        File.WriteAllText(Path.Combine(output, "face.md"), Text(figures, cells, provenance).ToString());
    }

    /// <summary>Of the cells of one network, the one that the selection part liked best; the test part chooses nothing.</summary>
    internal static FaceCell? Best(IReadOnlyList<FaceCell> cells, string network) =>
        cells.Where(cell => cell.Name.StartsWith(network + "-", StringComparison.Ordinal)).MaxBy(cell => cell.SelectionWa);

    internal JsonObject Json(FaceFigures figures, IReadOnlyList<FaceCell> cells, Provenance provenance)
    {
        var precision = figures.Package.Manifest.Metrics["precision"] as JsonObject;
        JsonObject Of(Judged judged) => judged.ToJson();
        var resnet = Of(figures.Test);
        resnet["wa_dedup"] = Math.Round(figures.TestWithoutDuplicates.Scores.Wa, 5);
        resnet["uar_dedup"] = Math.Round(figures.TestWithoutDuplicates.Scores.Uar, 5);
        resnet["one_view"] = figures.Package.Manifest.Metrics["testOneView"]?.DeepClone();
        var json = new JsonObject
        {
            ["resnet34"] = resnet,
            ["int8"] = precision?["int8"]?.DeepClone(),
            ["served"] = new JsonObject { ["wa"] = Math.Round(figures.Test.Scores.Wa, 5), ["package"] = figures.Package.Version, ["precision"] = precision?["chosen"]?.DeepClone() },
            ["vgg16"] = Best(cells, "vgg16")?.Test.DeepClone(),
            ["squeezenet"] = Best(cells, "squeezenet")?.Test.DeepClone(),
            ["cells"] = new JsonArray([.. cells.Select(cell => JsonSerializer.SerializeToNode(cell, RecipeFile.Json))]),
            ["lstm"] = Sequences(figures.Real.Network, figures.Composed.Network, figures.ClipsByNetwork),
            ["mean_pool"] = Sequences(figures.Real.Mean, figures.Composed.Mean, figures.ClipsByMean),
            ["ck48"] = Of(figures.Ck48),
            ["labelled_clips"] = Clips(Served(figures)),
            ["pictures_without_detection"] = Math.Round(1 - (double)figures.PicturesWithFace / figures.Pictures, 5),
        };
        foreach (var (name, file, key, _) in Elsewhere)
        {
            json[name] = Measured(file, key);
        }

        json["data"] = new JsonObject(figures.DataDigests.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
        json["made"] = provenance.ToJson();
        return json;
    }

    private static ClipScores Served(FaceFigures figures) => figures.Package.Manifest.FrontEnd["sequence"]?["answer"]?.GetValue<string>() == "mean"
        ? figures.ClipsByMean
        : figures.ClipsByNetwork;

    private static JsonObject Sequences(Judged real, Judged composed, ClipScores clips)
    {
        var json = real.ToJson();
        json["composed"] = composed.ToJson();
        json["clips"] = Clips(clips);
        return json;
    }

    private static JsonObject Clips(ClipScores clips)
    {
        var interval = clips.WaInterval;
        JsonObject Groups(IEnumerable<(string Name, int Count, double Wa)> groups) => new(groups.Select(group => KeyValuePair.Create(
            group.Name, (JsonNode?)new JsonObject { ["n"] = group.Count, ["wa"] = Math.Round(group.Wa, 4) })));
        return new JsonObject
        {
            ["n"] = clips.Count,
            ["wa"] = Math.Round(clips.Wa, 5),
            ["waInterval95"] = new JsonArray(Math.Round(interval.Low, 4), Math.Round(interval.High, 4)),
            ["unanswered"] = clips.Unanswered,
            ["by_label"] = Groups(clips.ByLabel),
            ["by_source"] = Groups(clips.BySource),
        };
    }

    private JsonNode? Measured(string file, string key)
    {
        var path = Path.Combine(output, file);
        return File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))?[key]?.DeepClone() : null;
    }

    private Markdown Text(FaceFigures figures, IReadOnlyList<FaceCell> cells, Provenance provenance)
    {
        var text = new Markdown().Heading(1, "What the face recognizer is worth").Paragraph(
            $"Written by `{Command}` at commit {provenance.Commit} on {provenance.Machine}, {provenance.Cores} cores, .NET {provenance.DotNet}, ONNX Runtime "
            + $"{provenance.OnnxRuntime}, from package video/{figures.Package.Version} through the code that serves it. Percent with 95 % intervals, of a bootstrap "
            + "over pictures, sequences or takes; FER2013 names no subjects, so the uncertainty about new people is larger. Data: "
            + string.Join(", ", figures.DataDigests.Select(pair => $"{pair.Key} {pair.Value[..12]}")) + ".");
        FaceTables.Pictures(text, figures, Floor, Goal);
        FaceTables.Cells(text, cells);
        FaceTables.Sequences(text, figures);
        FaceTables.Clips(text, Served(figures));
        text.Heading(2, "Speed, memory, tracks").Table(
            ["figure", "what", "value"],
            Elsewhere.Select(one => (IReadOnlyList<string>)[one.Name, one.Measured, Measured(one.File, one.Key)?.ToJsonString() ?? "not measured"]), 2);
        return FaceTables.Confusion(text, figures.Test.Scores.Confusion);
    }
}
