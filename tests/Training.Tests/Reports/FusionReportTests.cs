using System.Text.Json.Nodes;
using System.Xml.Linq;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;
using Emotion.Training.Reports;
using Emotion.Training.Studies.Paired;
using Emotion.Training.Tests.Fusion;

namespace Emotion.Training.Tests.Reports;

public sealed class FusionReportTests(FusionReportTests.WholeReport whole) : IClassFixture<FusionReportTests.WholeReport>, IDisposable
{
    private static readonly Provenance Here = new("./emotion training report fusion", new string('c', 40), "a machine", 2, "10", "2", "1");

    private static readonly PairedStudySpec Study = RecipeFile.Read<PairedStudySpec>("paired-study");

    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-fusion-report-").FullName;

    private string Runs => RunsOf(_folder);

    private string Output => OutputOf(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Report_OfAllCells_HasEachFigureThatIsAskedForAndSaysWhatTheFaceIs()
    {
        var (text, json) = Read(whole.Folder);

        Assert.InRange((double)json["paired8"]!["uar"]!, 0.85, 0.95);
        Assert.InRange((double)json["paired8"]!["wa"]!, 0.85, 0.95);
        Assert.InRange((double)json["paired6"]!["wa"]!, 0.85, 0.97);
        Assert.Equal((1440, 1056), ((int)json["paired8"]!["n"]!, (int)json["paired6"]!["n"]!));
        Assert.False((bool)json["paired8"]!["drawn"]!);
        Assert.Equal((double)json["paired8"]!["ece"]!, (double)json["ece"]!);
        Assert.InRange((double)json["coverage60"]!["accuracy"]!, 0.8, 1);
        Assert.InRange((double)json["subset_worst_loss"]!, -0.25, -0.1);
        Assert.Null(json["explain_hit_rate"]);
        Assert.Contains("reached", text, StringComparison.Ordinal);
        Assert.Contains("**The face is no video here**", text, StringComparison.Ordinal);
        Assert.Contains("Every cell was run.", text, StringComparison.Ordinal);
        foreach (var row in Made.Rows.Table)
        {
            Assert.Contains($"| {row.Name} | 6 | 24 | 1440 |", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Report_WhereSomeCellsAreToldAlready_TellsThemWithThoseOfTheFolder()
    {
        Folders.Copy(whole.Folder, _folder);
        var (_, all) = Read(_folder);
        foreach (var gone in Directory.GetDirectories(Path.Combine(Runs, "paired8")).Concat([Path.Combine(Runs, "paired6", "fold-2")]))
        {
            Directory.Delete(gone, recursive: true);
        }

        var (text, json) = Write(told: true);

        all.Remove("made");
        json.Remove("made");
        Assert.Equal(all.ToJsonString(), json.ToJsonString());
        Assert.Contains("Every cell was run.", text, StringComparison.Ordinal);
        Assert.Empty(new FusionReport(Output, Study with { Seed = Study.Seed + 1 }).Told());
    }

    [Fact]
    public void ClipTables_OfTwoEncodingsOfATakeAndASilentOne_CountTakesAndCompareOnTheSameClips()
    {
        static JsonArray Sure(int label) => new([.. Enumerable.Range(0, 8).Select(i => (JsonNode)(i == label ? 0.93 : 0.01))]);
        static JsonObject Clip(string name, string emotion, JsonArray? fused, JsonArray? video, JsonArray? audio) => new()
        {
            ["clip"] = name, ["subject"] = name, ["emotion"] = emotion, ["release"] = "r1", ["status"] = "certain", ["fused"] = fused, ["video"] = video, ["audio"] = audio, ["text"] = null,
        };
        var record = new JsonObject
        {
            ["clips"] = new JsonArray(
                Clip("selfie3/sad.mp4", "sad", Sure(3), Sure(3), Sure(2)), Clip("selfie3/older_sad.mp4", "sad", Sure(3), Sure(2), Sure(2)),
                Clip("mead_crop/a.mp4", "happy", Sure(2), Sure(2), null), Clip("mead_crop/b.mp4", "angry", Sure(2), Sure(2), null)),
        };
        var text = new Markdown();

        ClipTables.Write(text, record);
        var json = ClipTables.Json(record)!;

        Assert.Equal(3, (int)json["n"]!);
        Assert.Equal(2.0 / 3, (double)json["fused"]!["wa"]!, 4);
        Assert.Equal(0.5, (double)json["video"]!["wa"]!, 4);
        Assert.Equal((2, 0.0, 1.0), ((int)json["audio"]!["clips"]!, (double)json["audio"]!["wa"]!, (double)json["audio"]!["fused_less_this"]!));
        Assert.Null(json["text"]);
        Assert.Equal(0.93 - 0.75, (double)json["confidence_less_hits"]!, 4);
        Assert.Contains("3 takes of 3 people", text.ToString(), StringComparison.Ordinal);
        Assert.Equal((4, 3), ((int)json["certain"]!, (int)json["certain_right"]!));
        Assert.Contains("`certain` say 4 of the 4 files' answers, and 3 of these are right: 75.0 (30.1 to 95.4) %", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("| `selfie3/older_sad.mp4` | sad | sad 0.93 | happy 0.93 | happy 0.93 | no answer |", text.ToString(), StringComparison.Ordinal);
        Assert.Null(ClipTables.Missed(record));
        record["clips"]![2]!["fused"] = Sure(1);
        Assert.Contains("points of WA from the faces alone (n = 3 takes)", ClipTables.Missed(record), StringComparison.Ordinal);
        Assert.Null(ClipTables.Json(null));
    }

    [Fact]
    public void Report_OfSixClasses_DrawsSixRowsAndEightOfEight()
    {
        int Shown(string protocol, string label) => XDocument.Load(Path.Combine(OutputOf(whole.Folder), "fusion", $"{protocol}-fusion-confusion.svg"))
            .Descendants().Count(element => element.Name.LocalName == "text" && element.Value == label);
        Assert.Equal((2, 0), (Shown("paired8", "calm"), Shown("paired6", "calm")));
        Assert.Equal((2, 2), (Shown("paired8", "fearful"), Shown("paired6", "fearful")));
    }

    [Fact]
    public void Report_OfSomeFolds_SaysThatTheyAreNoFigureOfAllActors()
    {
        Add(1, 2);
        Directory.Delete(Path.Combine(Runs, "paired6"), recursive: true);

        var (text, json) = Write();

        Assert.Contains("2 of 6 folds", text, StringComparison.Ordinal);
        Assert.Contains("paired8, fold 3;", text, StringComparison.Ordinal);
        Assert.Null(json["paired6"]!["uar"]);
        Assert.Equal([1, 2], json["paired8"]!["folds"]!.AsArray().Select(fold => (int)fold!));
    }

    [Fact]
    public void Report_OfFusionThatAnInputBeats_SaysNoAndByHowMuch()
    {
        Add(row => row == PairedModalities.ActionUnits ? 0.95 : 0.5, 1, 2, 3, 4, 5, 6);

        var (text, json) = Write();

        Assert.Contains("**no**", text, StringComparison.Ordinal);
        Assert.InRange((double)json["subset_worst_loss"]!, 0.3, 0.55);
        Assert.Equal(PairedModalities.ActionUnits, (string)json["paired8"]!["subsets"]!["encoder+action-units"]!["best_alone"]!);
    }

    [Fact]
    public void Report_WithRecordsOfOthers_TellsExplanationsAndMarksDrawnTuples()
    {
        Add(1);
        var metrics = (JsonObject)JsonNode.Parse(
            """
            {"temperature":1,"test":{"n":1200,"uar":0.885,"best":"video","difference":0.14,"differenceInterval95":[0.12,0.16],"drawn":true,"rivals":{"mean":{"uar":0.8}}},
              "test_video+text":{"n":1200,"uar":0.791,"best":"video","difference":-0.013,"differenceInterval95":[-0.032,0.006],"rivals":{"mean":{"uar":0.785}}},
              "correctionShares":{"video":0,"video+text":1},
              "noise":{"drawn":true,"audio":{"without":{"n":1200},"noIdea":{"difference":-0.012,"differenceInterval95":[-0.024,-0.002]},"otherLabel":{"difference":-0.438,"differenceInterval95":[-0.468,-0.408]}}}}
            """)!;

        var (text, json) = Write(new FusionRecords(("20261129-0610-b43a42bb", metrics), (JsonObject)JsonNode.Parse("""{"hit_rate":0.83,"sound":{"answered_by_most_windows":0.516}}""")!));

        Assert.Equal(0.83, (double)json["explain_hit_rate"]!);
        Assert.True((bool)json["drawn"]!["drawn"]!);
        Assert.Contains("| test | 1200 | 88.5 | video | +14.0 (+12.0 to +16.0) | yes | 80.0 |", text, StringComparison.Ordinal);
        Assert.Contains("`drawn: true`", text, StringComparison.Ordinal);
        Assert.Contains("83.0 %", text, StringComparison.Ordinal);
        Assert.Contains("in 51.6 % of cases by sound alone, in an unknown share with drawn faces", text, StringComparison.Ordinal);
        Assert.Contains("| audio | 1200 | -1.2 (-2.4 to -0.2) | -43.8 (-46.8 to -40.8) |  |", text, StringComparison.Ordinal);
        Assert.Contains("**Missed: a loss of at most 1.0 point against the best input alone**, where: what ships, drawn tuples `test_video+text`: -1.3 (-3.2 to +0.6) points of WA from video alone (n = 1200).", text, StringComparison.Ordinal);
        Assert.Contains("| test_video+text | 1200 | 79.1 | video | -1.3 (-3.2 to +0.6) | **no** |", text, StringComparison.Ordinal);
        Assert.Contains("video+text 1.00.", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Recompute_OfAReport_AgreesUntilAFigureIsChanged()
    {
        Folders.Copy(OutputOf(whole.Folder), Output);
        var report = new FusionReport(Output, Study);

        var (tables, differences) = report.Recompute();

        Assert.Empty(differences);
        Assert.Contains("## paired6", tables, StringComparison.Ordinal);
        var path = Path.Combine(Output, "fusion.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        json["paired8"]!["rows"]!["mean"]!["uar"] = 0.99;
        File.WriteAllText(path, json.ToJsonString());
        Assert.Contains("paired8, mean, uar", Assert.Single(report.Recompute().Differences), StringComparison.Ordinal);

        json = JsonNode.Parse(File.ReadAllText(Path.Combine(OutputOf(whole.Folder), "fusion.json")))!;
        json["subset_worst_loss"] = -0.3;
        json["coverage60"]!["answered"] = 1;
        File.WriteAllText(path, json.ToJsonString());
        Assert.Equal(["coverage60", "subset_worst_loss"], report.Recompute().Differences.Select(told => told[..told.IndexOf(':', StringComparison.Ordinal)]));
    }

    private void Add(params int[] folds) => Add(Usual, folds);

    private void Add(Func<string, double> right, params int[] folds) => AddTo(_folder, right, folds);

    private (string Text, JsonObject Json) Write(FusionRecords? records = null, bool told = false) => WriteIn(_folder, records, told);

    private static double Usual(string row) => row.StartsWith(PairedRows.Fusion, StringComparison.Ordinal) ? 0.9 : 0.7;

    private static string RunsOf(string folder) => Path.Combine(folder, "runs");

    private static string OutputOf(string folder) => Path.Combine(folder, "results");

    private static void AddTo(string folder, Func<string, double> right, params int[] folds)
    {
        foreach (var (protocol, fold) in Study.Protocols.SelectMany(protocol => folds.Select(fold => (protocol.Name, fold))))
        {
            Made.AddCell(RunsOf(folder), protocol, fold, RecipeFile.Digest(Study), right);
        }
    }

    private static (string Text, JsonObject Json) WriteIn(string folder, FusionRecords? records = null, bool told = false)
    {
        var report = new FusionReport(OutputOf(folder), Study);
        report.Write(PairedResults.Read(RunsOf(folder), Study, told ? report.Told() : null), records ?? new FusionRecords(null, null), Here);
        return Read(folder);
    }

    private static (string Text, JsonObject Json) Read(string folder) => (
        File.ReadAllText(Path.Combine(OutputOf(folder), "fusion.md")),
        (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(OutputOf(folder), "fusion.json")))!);

    /// <summary>All cells and the report of them, made once.</summary>
    public sealed class WholeReport : IDisposable
    {
        public WholeReport()
        {
            AddTo(Folder, Usual, 1, 2, 3, 4, 5, 6);
            WriteIn(Folder);
        }

        public string Folder { get; } = Directory.CreateTempSubdirectory("emotion-whole-fusion-").FullName;

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}
