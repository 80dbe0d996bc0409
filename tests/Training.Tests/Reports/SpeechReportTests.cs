using System.Text.Json.Nodes;
using System.Xml.Linq;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Reports;

namespace Emotion.Training.Tests.Reports;

public sealed class SpeechReportTests(SpeechReportTests.WholeStudy whole) : IClassFixture<SpeechReportTests.WholeStudy>, IDisposable
{
    private static readonly Provenance Made = new("./emotion training report speech", new string('c', 40), "a machine", 2, "10", "2", "1");

    private readonly StudyFolder _study = new();

    public void Dispose() => _study.Dispose();

    [Fact]
    public void Report_OfAWholeStudy_HasEveryTableAndFigure()
    {
        var (text, json) = Read(whole.Study);

        foreach (var heading in new[]
        {
            "## Pooled test parts", "### By fold", "### By actor", "### By gender of the actor", "### By intensity", "### By emotion: share recognised",
            "## Controls", "## Rivals", "## Ablations", "## Seeds", "## Windows at test time", "## Robustness", "## Speed", "## Not run", "## Recompute",
        })
        {
            Assert.Contains(heading + "\n", text, StringComparison.Ordinal);
        }

        Assert.Contains("`rival-resnet101-15`.", text, StringComparison.Ordinal);
        Assert.Equal(["rival-resnet101-15"], json["not_run"]!.AsArray().Select(name => (string)name!));
        Assert.InRange((double)json["mfcc_resnet18"]!["uar"]!, 0.6, 0.7);
        Assert.Equal(1440, (int)json["best"]!["n"]!);
        Assert.Equal("two-branch", (string)json["best"]!["row"]!);
        Assert.InRange((double)json["best"]!["wa"]!, 0.75, 0.85);
        Assert.InRange((double)json["best"]!["ece"]!, 0, 0.5);
        Assert.InRange((double)json["random_split"]!["against_main"]!["wa"]!, 0.15, 0.35);
        Assert.True((bool)json["random_split"]!["leaking"]!);
        Assert.Equal((5.5, 21.25), ((double)json["latency_ms_p50"]!, (double)json["latency_best_ms_p50"]!));
        Assert.Equal(Made.Command, (string)json["made"]!["command"]!);
        Assert.Equal(3, (double)json["best"]!["hours"]!);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0.3, false)]
    public void Report_OfShuffledLabels_SaysWhetherTheIntervalContainsChance(double right, bool contains)
    {
        _study.AddSixFolds("shuffled-labels", right);

        var (text, json) = Write();

        Assert.Equal(contains, (bool)json["shuffled"]!["contains_chance"]!);
        Assert.Contains(contains ? "contains it: no leak shows" : "**does not contain it: something leaks", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_OfARowThatWasNotRun_NamesItAndInventsNothing()
    {
        _study.AddSixFolds("mfcc-resnet18", 0.6);

        var (text, json) = Write("mfcc-resnet18", "two-branch", "shuffled-labels");

        Assert.Contains("`two-branch`, `shuffled-labels`.", text, StringComparison.Ordinal);
        Assert.Contains("| two-branch: UAR, pooled | not run |", text, StringComparison.Ordinal);
        Assert.Null(json["best"]!["uar"]);
        Assert.Null(json["shuffled"]!["uar"]);
        Assert.Null(json["latency_ms_p50"]);
        Assert.Null(json["model_mb"]);
        Assert.False(File.Exists(Path.Combine(_study.Output, "speech", "two-branch.csv")));
    }

    [Fact]
    public void Report_OfSomeFolds_ClaimsNoGoal()
    {
        _study.Add("mfcc-resnet18", 1, 0.9);
        _study.Add("mfcc-resnet18", 4, 0.9);

        var (text, json) = Write();

        Assert.Contains("| 2 of 6 folds |", text, StringComparison.Ordinal);
        Assert.Equal(8, (int)json["mfcc_resnet18"]!["actors"]!);
        Assert.Equal([1, 4], json["mfcc_resnet18"]!["folds"]!.AsArray().Select(fold => (int)fold!));
    }

    [Fact]
    public void Recompute_FromTheCsvFilesAlone_GivesTheReportsOwnTables()
    {
        Folders.Copy(whole.Study.Output, _study.Output);
        var (text, _) = Read(_study);

        var (tables, differences) = new SpeechReport(_study.Output).Recompute();

        Assert.Empty(differences);
        foreach (var line in tables.Split('\n').Where(line => line.StartsWith("| mfcc-resnet18 |") || line.StartsWith("| two-branch |")))
        {
            Assert.Contains(line + "\n", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Recompute_AfterAPosteriorWasChanged_SaysWhatDiffers()
    {
        Folders.Copy(whole.Study.Output, _study.Output);
        var path = Path.Combine(_study.Output, "speech", "two-branch.csv");
        var answers = PooledAnswers.Read(path);
        var wrong = answers.First(answer => answer.Prediction == answer.Label);
        wrong.Posterior.AsSpan().Clear();
        wrong.Posterior[(wrong.Label + 1) % 8] = 1;
        PooledAnswers.Write(path, answers);

        var (_, differences) = new SpeechReport(_study.Output).Recompute();

        Assert.Contains(differences, difference => difference.StartsWith("two-branch, uar: speech.json says 0.", StringComparison.Ordinal));
        Assert.DoesNotContain(differences, difference => difference.StartsWith("mfcc-resnet18", StringComparison.Ordinal));
    }

    [Fact]
    public void Recompute_WithoutCsvFiles_IsRefused() =>
        Assert.Throws<CorpusException>(() => new SpeechReport(_study.Output).Recompute());

    [Fact]
    public void Ablations_AgainstTheirBase_ShowPointsOfValidationAndTest()
    {
        _study.Add("ablation-base", 1, 0.5);
        _study.Add("ablation-no-mixup", 1, 0.8, patch: new JsonObject { ["training"] = new JsonObject { ["mixup"] = 0 } });

        var (text, _) = Write();

        var lines = text.Split('\n').Where(line => line.StartsWith("| ablation-", StringComparison.Ordinal)).ToList();
        Assert.StartsWith("| ablation-base | what ablation-base is | nothing | 1 | 40 | 11.2 M | 0.50 | 240 |", lines[0], StringComparison.Ordinal);
        Assert.Contains("""`{"training":{"mixup":0}}`""", lines[1], StringComparison.Ordinal);
        Assert.Matches(@"\| \d\d\.\d \(\+\d+\.\d\) \| \d\d\.\d \(\+\d+\.\d\) \| \d\d\.\d \(\+\d+\.\d\) \|$", lines[1]);
    }

    [Fact]
    public void Seeds_OfTheMainRow_StandBesideItAndAreNotPooled()
    {
        _study.Add("mfcc-resnet18", 1, 0.5);
        _study.Add("mfcc-resnet18", 2, 0.5);
        _study.Add("mfcc-resnet18-second-seed", 1, 0.9, seed: 2);
        _study.Add("full-third-seed", 2, 0.9, seed: 3);

        var (text, json) = Write();

        var seeds = text[text.IndexOf("## Seeds", StringComparison.Ordinal)..].Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1);
        Assert.Equal(
            ["mfcc-resnet18 1 1", "mfcc-resnet18-second-seed 1 2", "mfcc-resnet18 2 1", "full-third-seed 2 3"],
            seeds.Take(4).Select(line => string.Join(' ', line.Split(" | ").Take(3)).Trim('|', ' ')));
        Assert.Equal(480, (int)json["mfcc_resnet18"]!["n"]!);
    }

    [Fact]
    public void Int8_ThatAnswersAlike_ShipsAndIsComparedOnItsFoldsAlone()
    {
        _study.AddSixFolds("mfcc-resnet18", 0.6);
        _study.AddInt8("mfcc-resnet18", 2, changed: 0);
        _study.AddInt8("mfcc-resnet18", 5, changed: 0);
        _study.AddInt8("mfcc-resnet18", 6, changed: 0, packageVersion: "20261121-0900-00000000");

        var (text, json) = Write();

        var int8 = json["int8"]!["mfcc_resnet18"]!;
        Assert.Equal([2, 5], int8["folds"]!.AsArray().Select(fold => (int)fold!));
        Assert.Equal((480, 0, 1), ((int)int8["n"]!, (double)int8["uar_less_float16"]!, (double)int8["same_answers"]!));
        Assert.Matches(@"\| mfcc-resnet18 \| 2 5 \| 480 \|.*\| 0\.0 \(0\.0 to 0\.0\) \| 100\.0 \| 8 bits \|", text);
        Assert.Null(json["int8"]!["best"]);
    }

    [Fact]
    public void Int8_ThatLosesHalfAPoint_DoesNotShip()
    {
        _study.Add("mfcc-resnet18", 1, 0.9);
        _study.AddInt8("mfcc-resnet18", 1, changed: 80);

        var (text, json) = Write();

        Assert.InRange((double)json["int8"]!["mfcc_resnet18"]!["uar_less_float16"]!, -0.4, -0.1);
        Assert.Contains("| 16 bits |", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_OfWhatWasMeasuredOfAnotherPackage_LeavesItOut()
    {
        _study.Add("mfcc-resnet18", 1, 0.5);
        _study.Read()["mfcc-resnet18"]!.Cells[0].Keep(
            SpeechLatency.FileName, new SpeechLatency("20261121-0900-00000000", "int8", 200, 4, 1, 6, 9, 5, "a machine", 0.1));

        var (text, json) = Write();

        Assert.DoesNotContain("## Speed", text, StringComparison.Ordinal);
        Assert.Null(json["latency_ms_p50"]);
    }

    [Fact]
    public void Runs_WithARecordingInTwoFolds_AreRefused()
    {
        _study.Add("mfcc-resnet18", 1, 0.5);
        _study.Add("mfcc-resnet18", 2, StudyFolder.Folds[0].SelectMany(StudyFolder.Recordings), 0.5);

        Assert.Contains("two folds", Assert.Throws<CorpusException>(_study.Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_WithACellInTheWrongPlace_AreRefused()
    {
        _study.Add("mfcc-resnet18", 1, 0.5);
        Directory.Move(Path.Combine(_study.Runs, "mfcc-resnet18"), Path.Combine(_study.Runs, "two-branch"));

        Assert.Contains("wrong place", Assert.Throws<CorpusException>(_study.Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_WithACellThatIsStillTrained_LeaveItOut()
    {
        _study.Add("mfcc-resnet18", 1, 0.5);
        _study.Add("mfcc-resnet18", 2, 0.5);
        File.Delete(Path.Combine(_study.Runs, "mfcc-resnet18", "fold-2", "cell.json"));

        Assert.Equal([1], _study.Read()["mfcc-resnet18"]!.Cells.Select(cell => cell.Facts.Fold));
    }

    [Fact]
    public void Pictures_OfTheReport_AreWellFormedAndHoldEveryCount()
    {
        _study.AddSixFolds("mfcc-resnet18", 0.6);
        var (_, json) = Write();

        var confusion = XDocument.Load(Path.Combine(_study.Output, "speech", "mfcc-resnet18-confusion.svg"));
        var reliability = XDocument.Load(Path.Combine(_study.Output, "speech", "mfcc-resnet18-reliability.svg"));

        var texts = confusion.Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value).ToList();
        var counts = json["mfcc_resnet18"]!["confusion"]!.AsArray().SelectMany(row => row!.AsArray()).Select(count => count!.ToJsonString());
        Assert.Equal(counts.Order(), texts.Where(text => int.TryParse(text, out _)).Order());
        Assert.Equal(10, reliability.Descendants().Count(element => element.Name.LocalName == "circle"));
    }

    private (string Text, JsonObject Json) Write(params string[] planned) => Write(_study, planned);

    private static (string Text, JsonObject Json) Write(StudyFolder study, params string[] planned)
    {
        new SpeechReport(study.Output).Write(study.Read(), planned, Made);
        return Read(study);
    }

    private static (string Text, JsonObject Json) Read(StudyFolder study) => (
        File.ReadAllText(Path.Combine(study.Output, "speech.md")),
        (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(study.Output, "speech.json")))!);

    /// <summary>A study with a row of every kind, and its report, made once.</summary>
    public sealed class WholeStudy : IDisposable
    {
        public WholeStudy()
        {
            Study.AddSixFolds("mfcc-resnet18", 0.6);
            Study.AddSixFolds("two-branch", 0.78);
            Study.Add("shuffled-labels", 1, 0);
            Study.Add("random-split", 1, Enumerable.Range(1, 24).SelectMany(actor => StudyFolder.Recordings(actor).Where((_, i) => i % 6 == actor % 6)), 0.9);
            Study.Add("sentence-held-out", 1, 0.5);
            string[] others = ["rival-resnet18-15", "rival-resnext50-15", "ablation-base", "ablation-no-mixup", "mfcc-resnet18-second-seed"];
            Array.ForEach(others, row => Study.Add(row, 1, 0.5, row.EndsWith("second-seed", StringComparison.Ordinal) ? 2 : 1));
            foreach (var cell in Study.Read().Rows.Values.Where(row => row.Name is "mfcc-resnet18" or "two-branch").Select(row => row.Cells[0]))
            {
                var milliseconds = cell.Facts.Row == "two-branch" ? 21.25 : 6.5;
                cell.Keep(SpeechLatency.FileName, new SpeechLatency(cell.Facts.PackageVersion, "int8", 200, 4, 1, milliseconds, 9, milliseconds - 1, "a machine", 1.1));
                cell.Keep(RobustnessAnswers.FileName, new RobustnessAnswers(cell.Facts.PackageVersion, [.. cell.Test.Select(answer => answer.Recording)],
                [
                    new ConditionAnswers("clean", "as recorded", string.Concat(cell.Test.Select(answer => answer.Label))),
                    new ConditionAnswers("telephone", "telephone", string.Concat(cell.Test.Select((answer, i) => i % 2 == 0 ? $"{answer.Label}" : "-"))),
                ]));
                cell.Keep(TestWindows.FileName, new RobustnessAnswers(cell.Facts.PackageVersion, [.. cell.Test.Select(answer => answer.Recording)],
                    [new ConditionAnswers("whole", "the whole", string.Concat(cell.Test.Select(answer => answer.Label)))]));
            }

            Write(Study, "mfcc-resnet18", "two-branch", "rival-resnet101-15");
        }

        public StudyFolder Study { get; } = new();

        public void Dispose() => Study.Dispose();
    }
}
