using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion.Inference.Video;
using Emotion.Training.Evaluation;
using Emotion.Training.Onnx;
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

    public void Write(FaceFigures figures, StudyCells cells, Provenance provenance)
    {
        Directory.CreateDirectory(output);
        File.WriteAllText(Path.Combine(output, "face.json"), Json(figures, cells, provenance).ToJsonString(RecipeFile.Json) + "\n");
        File.WriteAllText(Path.Combine(output, "face.md"), Text(figures, cells, provenance).ToString());
    }

    /// <summary>Cells that the report in a folder tells; none where there is no report.</summary>
    public static IReadOnlyList<FaceCell> CellsIn(string folder)
    {
        var file = Path.Combine(folder, "face.json");
        return File.Exists(file) && JsonNode.Parse(File.ReadAllText(file))?["cells"] is { } cells
            ? cells.Deserialize<IReadOnlyList<FaceCell>>(RecipeFile.Json) ?? []
            : [];
    }

    /// <summary>Of the cells of one network, the one that the selection part liked best; the test part chooses nothing.</summary>
    internal static FaceCell? Best(IReadOnlyList<FaceCell> cells, string network) =>
        cells.Where(cell => cell.Name.StartsWith(network + "-", StringComparison.Ordinal)).MaxBy(cell => cell.SelectionWa);

    internal JsonObject Json(FaceFigures figures, StudyCells cells, Provenance provenance)
    {
        JsonObject Of(Judged judged) => judged.ToJson();
        var version = figures.Package.Version;
        var json = new JsonObject
        {
            ["resnet34"] = FramePrecisions.Of(figures, GraphPrecision.Float16),
            ["int8"] = FramePrecisions.Of(figures, GraphPrecision.Int8),
            ["served"] = FramePrecisions.Served(figures),
            ["vgg16"] = Best(cells.Told, "vgg16")?.Test.DeepClone(),
            ["squeezenet"] = Best(cells.Told, "squeezenet")?.Test.DeepClone(),
            ["cells"] = new JsonArray([.. cells.Told.Select(cell => JsonSerializer.SerializeToNode(cell, RecipeFile.Json))]),
            ["cells_not_run"] = new JsonArray([.. cells.NotRun.Select(name => (JsonNode)name)]),
            ["cells_of_another_recipe"] = new JsonArray([.. cells.OfAnotherRecipe.Select(name => (JsonNode)name)]),
            ["lstm"] = Sequences(figures.Real.Network, figures.Composed.Network, figures.Recorded?.Network, figures.ClipsByNetwork),
            ["mean_pool"] = Sequences(figures.Real.Mean, figures.Composed.Mean, figures.Recorded?.Mean, figures.ClipsByMean),
            ["lstm_less_mean"] = Differences(figures),
            ["answers"] = figures.Answer,
            ["ck48"] = Of(figures.Ck48),
            ["labelled_clips"] = Clips(Served(figures)),
            ["pictures_without_detection"] = Math.Round(1 - (double)figures.PicturesWithFace / figures.Pictures, 5),
        };
        var elsewhere = MeasuredElsewhere.Read(output);
        foreach (var one in elsewhere)
        {
            json[one.Name] = one.Value?.DeepClone();
        }

        json["measured_elsewhere"] = new JsonObject(elsewhere.Where(one => one.Value is not null).Select(one =>
            KeyValuePair.Create(one.Name, (JsonNode?)one.ToJson(version))));
        json["data"] = new JsonObject(figures.DataDigests.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
        json["made"] = provenance.ToJson();
        return json;
    }

    private static ClipScores Served(FaceFigures figures) => figures.Answer == SequenceSpec.Mean ? figures.ClipsByMean : figures.ClipsByNetwork;

    private static JsonObject Sequences(Judged real, Judged composed, Judged? recorded, ClipScores clips)
    {
        var json = real.ToJson();
        json["composed"] = composed.ToJson();
        json["videos"] = recorded?.ToJson();
        json["clips"] = Clips(clips);
        return json;
    }

    private static JsonObject Differences(FaceFigures figures) => new(figures.Differences.Select(one => KeyValuePair.Create(
        one.Set, (JsonNode?)new JsonObject
        {
            ["wa"] = Math.Round(one.Gain, 5), ["interval95"] = new JsonArray(Math.Round(one.Low, 4), Math.Round(one.High, 4)),
        })));

    private static JsonObject Clips(ClipScores clips)
    {
        var interval = clips.WaInterval;
        JsonObject Groups(IEnumerable<ClipGroup> groups) => new(groups.Select(group => KeyValuePair.Create(
            group.Name, (JsonNode?)new JsonObject
            {
                ["n"] = group.Count,
                ["wa"] = Math.Round(group.Wa, 4),
                ["waInterval95"] = new JsonArray(Math.Round(group.WaInterval.Low, 4), Math.Round(group.WaInterval.High, 4)),
            })));
        return new JsonObject
        {
            ["n"] = clips.Count,
            ["subjects"] = clips.Subjects,
            ["wa"] = Math.Round(clips.Wa, 5),
            ["waInterval95"] = new JsonArray(Math.Round(interval.Low, 4), Math.Round(interval.High, 4)),
            ["unanswered"] = clips.Unanswered,
            ["by_label"] = Groups(clips.ByLabel),
            ["by_source"] = Groups(clips.BySource),
        };
    }

    private Markdown Text(FaceFigures figures, StudyCells cells, Provenance provenance)
    {
        var text = new Markdown().Heading(1, "What the face recognizer is worth").Paragraph(
            $"Written by `{Command}` at commit {provenance.Commit} on {provenance.Machine}, {provenance.Cores} cores, .NET {provenance.DotNet}, ONNX Runtime "
            + $"{provenance.OnnxRuntime}, from package video/{figures.Package.Version} through the code that serves it. Percent with 95 % intervals, of a bootstrap "
            + "over people where it is known who is shown (CK+, recordings, labelled clips), else over pictures: FER2013 names no subjects, so there the "
            + "uncertainty about new people is larger. Data: "
            + string.Join(", ", figures.DataDigests.Select(pair => $"{pair.Key} {pair.Value[..12]}")) + ".");
        FaceTables.Pictures(text, figures, Floor, Goal);
        FaceTables.Cells(text, cells);
        SequenceTables.Write(text, figures);
        SequenceTables.Clips(text, Served(figures));
        text.Heading(2, "Speed, memory, tracks").Paragraph(
            "From the records of other commands, each with its own commit, machine and package. Neither speed nor memory depends on what a network has learned, "
            + "nor does who is who; a record of another package is marked all the same.");
        text.Table(
            ["figure", "what", "value", "asked", "reached", "n", "commit", "machine", "package"],
            MeasuredElsewhere.Read(output).Select(one => one.Row(figures.Package.Version)), 2);
        FaceTables.Classes(text, figures.Test);
        return FaceTables.Confusion(text, figures.Test.Scores.Confusion);
    }
}
