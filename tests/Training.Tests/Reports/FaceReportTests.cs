using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Inference.Video;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Packaging;
using Emotion.Training.Reports;

namespace Emotion.Training.Tests.Reports;

public sealed class FaceReportTests : IDisposable
{
    private const string Older = "20261101-0000-00000000";
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-face-report-").FullName;
    private string _view = "each face as it is";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Report_OfAPackageInIntegersWithoutItsRun_SaysWhereEachFigureIsFrom()
    {
        var (json, text) = await WriteAsync(frames: null);

        Assert.Equal((0.75, "int8", "computed from the package"), Precision(json["int8"]!));
        Assert.Equal((0.5, "float16", "from the manifest: measured at export"), Precision(json["resnet34"]!));
        Assert.Equal(("int8", 0.75), ((string)json["served"]!["precision"]!, (double)json["served"]!["wa"]!));
        Assert.Contains("| int8, served | 4 |", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("each face as it is and mirrored, embeddings averaged", "one_view", "seeing each face once")]
    [InlineData("each face as it is", "both_views", "seeing it mirrored too")]
    public async Task Report_WithTheRun_ComputesBothPrecisionsAndViews(string view, string other, string heading)
    {
        _view = view;
        var (json, text) = await WriteAsync(new FrameFigures(Answers(4), Answers(2), Answers(3), Answers(1)));

        Assert.Equal((1, "float16", "computed from the package and its run"), Precision(json["resnet34"]!));
        Assert.Equal((0.75, "int8", "computed from the package and its run"), Precision(json["int8"]!));
        Assert.Equal(0.5, (double)json["resnet34"]![other]!["wa"]!);
        Assert.Equal(0.25, (double)json["served"]![other]!["wa"]!);
        Assert.Contains($"| UAR | {heading} |", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_WithRecordsOfOtherCommands_TellsTheirCircumstancesAndMarksAnotherPackage()
    {
        File.WriteAllText(Path.Combine(_folder, "face-speed.json"), $$"""
            {"command":"./emotion bench face","commit":"1a2b3c4","machine":"a bench","package":"video/{{Older}}","video_p50_s":0.21,"video_n":40,"clips_per_s":4.5,"pictures_per_s":50}
            """);
        File.WriteAllText(Path.Combine(_folder, "face-tracks.json"), $$"""
            {"commit":"5d6e7f8","machine":"a desk","n":2,"idf1":0.97,"models":{"audio":null,"video":"{{Older}}"} }
            """);

        var (json, text) = await WriteAsync(frames: null);

        Assert.Equal((0.21, 0.97), ((double)json["video_p50_s"]!, (double)json["idf1"]!));
        Assert.Contains($"| 0.21 | at most 0.3 | yes | 40 | 1a2b3c4 | a bench | ANOTHER: {Older} |", text, StringComparison.Ordinal);
        Assert.Contains($"| 0.97 | at least 0.9 | yes | 2 | 5d6e7f8 | a desk | ANOTHER: {Older} |", text, StringComparison.Ordinal);
        Assert.Contains("| 4.5 | at least 5 | MISSED |", text, StringComparison.Ordinal);
        Assert.Contains("| 50 | at least 36, goal 150 | floor |", text, StringComparison.Ordinal);
        Assert.Contains("| not measured | at most 1.2 |", text, StringComparison.Ordinal);
        Assert.False((bool)json["measured_elsewhere"]!["video_p50_s"]!["samePackage"]!);
        Assert.Null(json["rss_ratio_60min"]);
    }

    [Fact]
    public async Task CellsIn_TheReport_AreThoseThatItTold()
    {
        var cell = new FaceCell
        {
            Name = "vgg16-dropout-0.3", What = "VGG-16", Epochs = 3, Side = 32, Parameters = 7, Minutes = 1.5, Commit = "0000000", Recipe = "1", SelectionWa = 0.5,
            Test = new JsonObject { ["n"] = 4, ["wa"] = 0.25, ["uar"] = 0.2 }, TestWithoutDuplicates = new JsonObject { ["wa"] = 0.5 },
        };
        Assert.Empty(FaceReport.CellsIn(_folder));

        await WriteAsync(frames: null, cell);

        var kept = Assert.Single(FaceReport.CellsIn(_folder));
        Assert.Equal((cell.Name, cell.Recipe, cell.Parameters, cell.Minutes), (kept.Name, kept.Recipe, kept.Parameters, kept.Minutes));
        Assert.Equal(0.25, (double)kept.Test["wa"]!);
    }

    [Fact]
    public async Task Report_WhereWhatExportChoseLoses_SaysSo()
    {
        var (json, text) = await WriteAsync(frames: null);

        Assert.Equal(-0.5, (double)json["lstm_less_mean"]!["real"]!["wa"]!);
        Assert.Contains("The package answers by `lstm` (chosen at export without these sets: NLL 0.9000 of the network, 1.1000 of the mean", text, StringComparison.Ordinal);
        Assert.Contains("Here it loses on real (within the interval).", text, StringComparison.Ordinal);
        Assert.Contains("Not run: vgg16-dropout-0.5", text, StringComparison.Ordinal);
        Assert.Contains("not compared: squeezenet-dropout-0.3", text, StringComparison.Ordinal);
        Assert.Contains("| happy | 4 | 75.0", text, StringComparison.Ordinal);
    }

    private static (double Wa, string Precision, string Source) Precision(JsonNode json) =>
        ((double)json["wa"]!, (string)json["precision"]!, (string)json["source"]!);

    private async Task<(JsonNode Json, string Text)> WriteAsync(FrameFigures? frames, params FaceCell[] cells)
    {
        var clip = new LabelledClip("a/1.mp4", "a", "a/1", "X-1", 2);
        var clips = new ClipScores([clip], [Sure(2)], [.. Enumerable.Repeat(true, EmotionLabels.Count)]);
        var figures = new FaceFigures
        {
            Package = await PackageAsync(),
            Test = Answers(3),
            TestWithoutDuplicates = Answers(3),
            Ck48 = Answers(4),
            Real = new TwoAnswers(Answers(1) with { Subjects = ["a", "a", "b", "c"] }, Answers(3) with { Subjects = ["a", "a", "b", "c"] }),
            Composed = new TwoAnswers(Answers(3), Answers(3)),
            ClipsByNetwork = clips,
            ClipsByMean = clips,
            Frames = frames,
            Float16WithoutDuplicates = frames?.Float16,
            Pictures = 4,
            PicturesWithFace = 3,
            DataDigests = new Dictionary<string, string> { ["FER2013"] = new('0', 64) },
        };
        new FaceReport(_folder).Write(
            figures, new StudyCells(cells, ["vgg16-dropout-0.5"], ["squeezenet-dropout-0.3"]), new Provenance("", "0000000", "a machine", 2, "10", "2", "1"));
        return (JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "face.json")))!, File.ReadAllText(Path.Combine(_folder, "face.md")));
    }

    private Task<ModelPackage> PackageAsync()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "package")).FullName;
        File.WriteAllText(Path.Combine(folder, "model.onnx"), "");
        JsonObject Answer(double nll) => new() { ["nll"] = nll };
        return ModelPackage.SealAsync(folder, new ModelManifest
        {
            Name = VideoModel.ModelName, Opset = 17, Graphs = [], Labels = EmotionLabels.Names, CoveredLabels = EmotionLabels.Names, Recipe = [],
            FrontEnd = new JsonObject { ["sequence"] = new JsonObject { ["answer"] = SequenceSpec.Network } },
            GitCommit = "0000000", Datasets = [], License = Licences.Video([]),
            Metrics = new JsonObject
            {
                ["view"] = _view,
                ["precision"] = new JsonObject { ["chosen"] = "int8", ["rule"] = "a rule", ["float16"] = Answers(2).ToJson(), ["int8"] = Answers(3).ToJson() },
                ["answer"] = new JsonObject { ["chosen"] = "lstm", ["rule"] = "another", ["lstm"] = Answer(0.9), ["mean"] = Answer(1.1) },
            },
        }, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    // Four happy faces, so many of them recognised.
    private static Judged Answers(int hits) => new("a set", [2, 2, 2, 2], [.. Enumerable.Range(0, 4).Select(i => Sure(i < hits ? 2 : 3))], null);

    private static float[] Sure(int label) => [.. Enumerable.Range(0, EmotionLabels.Count).Select(i => i == label ? 1f : 0f)];
}
