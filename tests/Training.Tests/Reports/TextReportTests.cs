using System.Text.Json.Nodes;
using System.Xml.Linq;
using Emotion.Features;
using Emotion.Inference.Text;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;
using Emotion.Training.Reports;

namespace Emotion.Training.Tests.Reports;

/// <summary>The report of classifiers that answer by the dice: right with a given chance, sure to a given degree.</summary>
public sealed class TextReportTests : IDisposable
{
    private static readonly int[] Labels = [0, 2, 3, 4, 5, 6, 7];

    private static readonly Provenance Made = new("./emotion training report text", new string('c', 40), "a machine", 2, "10", "1.13", "1.29");

    private readonly string _output = Directory.CreateTempSubdirectory("emotion-text-report-").FullName;

    public void Dispose() => Directory.Delete(_output, recursive: true);

    [Fact]
    public void Worth_OfComments_IsWhatTheFigureSaysOfThem()
    {
        var row = Row("a", right: 0.7, meld: true);
        var judgement = row.Worth.Judgement;

        Assert.Equal(TextFigures.Macro(judgement.F1(row.Spec)), row.Worth.MacroF1, 12);
        Assert.Equal(judgement.MeldWeightedF1, row.Worth.WeightedF1, 12);
        Assert.True(row.Worth.MacroInterval.Contains(row.Worth.MacroF1) && row.Worth.WeightedInterval.Contains(row.Worth.WeightedF1));
        Assert.InRange(row.Worth.MacroInterval.High - row.Worth.MacroInterval.Low, 0.01, 0.2);
        Assert.Equal(0, row.Worth.Less(row.Worth).Macro);
    }

    [Fact]
    public void Worth_OfLinesOfOneDialogue_AreDrawnTogether()
    {
        // Ten dialogues, five of them wholly right: their lines scatter together, so the interval is far wider than that of 200 single lines.
        var lines = Enumerable.Range(0, 200).Select(i => Judged(Line(i, group: i / 20), (i / 20) % 2 == 0 ? 1 : 0, new Random(1))).ToList();
        var spec = Spec();

        var worth = new TextWorth(new TextJudgement("test", Comments(0.5), lines, [1]), spec);
        var single = new TextWorth(new TextJudgement("test", Comments(0.5), [.. lines.Select((line, i) => line with { Text = line.Text with { Group = $"{i}" } })], [1]), spec);

        Assert.Equal(10, worth.Lines.Actors);
        Assert.True(worth.WeightedInterval.High - worth.WeightedInterval.Low > 2 * (single.WeightedInterval.High - single.WeightedInterval.Low));
    }

    [Fact]
    public void Report_OfBothVariants_SaysWhichOneIsToBeShipped()
    {
        var (with, without) = (Row("with", 0.8, meld: true), Row("without", 0.5, meld: false));

        var (text, json) = Write(with, without);

        Assert.Contains("So the one **with** MELD is to be shipped, and is.", text, StringComparison.Ordinal);
        Assert.False((bool)json["shipping"]!["ships_without_meld"]!);
        Assert.True((double)json["shipping"]!["macro_f1_without_less_with"]! < -0.02);
        Assert.Equal(["with", "without"], json["rows"]!.AsArray().Select(row => (string?)row!["row"]));
        Assert.Equal(with.Worth.MacroF1, (double)json["goemotions_ekman"]!["macro_f1"]!, 5);
        Assert.Equal(with.Worth.WeightedF1, (double)json["meld"]!["weighted_f1"]!, 5);
        Assert.Equal(Math.Max((double)json["goemotions"]!["ece"]!, (double)json["meld"]!["ece"]!), (double)json["ece"]!);
        Assert.Equal(0.125, (double)json["ravdess_text_uar"]!);
    }

    [Fact]
    public void Report_WhereTheWrongOneIsShipped_SaysSo()
    {
        var (text, json) = Write(Row("with", 0.7, meld: true), Row("without", 0.8, meld: false));

        Assert.Contains("So the one **without** MELD is to be shipped, **but the shipped package is the other one**.", text, StringComparison.Ordinal);
        Assert.True((bool)json["shipping"]!["ships_without_meld"]! && (bool)json["shipping"]!["shipped_has_meld"]!);
    }

    [Fact]
    public void Report_WithoutTranscription_InventsNothing()
    {
        var (text, json) = Write(Row("with", 0.7, meld: true));

        Assert.Contains("Not run: `./emotion training evaluate transcription`.", text, StringComparison.Ordinal);
        Assert.Contains("the other was not run.", text, StringComparison.Ordinal);
        Assert.Null(json["wer_ravdess"]);
        Assert.Null(json["shipping"]);
        Assert.Null(json["ravdess_transcripts_uar"]);
    }

    [Theory]
    [InlineData("the version", true)]
    [InlineData("another", false)]
    public void Report_WithTranscription_TakesItsFiguresAndThoseOfThisPackageAlone(string package, bool taken)
    {
        var row = Row("with", 0.7, meld: true);
        var figures = """{"word_error_rate":0.07,"exact":0.91,"abstained":0.01,"words":7200,"transcripts":1200""";
        var transcription = (JsonObject)JsonNode.Parse($$$"""
            {"ravdess":{{{figures}}},"interval_over_actors":{"word_error_rate":[0.05,0.09],"exact":[0.88,0.94]},"every":1,"actors":"5 to 24","real_time_factor":0.06,
              "by_emotion":{"calm":{{{figures}}} } },"by_intensity":{"strong":{{{figures}}} } } },
             "classifier":{"package":"{{{(package == "the version" ? row.Version : package)}}}","n":1200,"uar":0.13},
             "meld_read_aloud":{{{figures}}},"by_voice":{"en-us":{{{figures}}} } } },"other_languages":{"sentences":14,"abstained":0.93}}
            """)!;

        new TextReport(_output).Write(row, [], transcription, "digest", Made);

        var (text, json) = Read();
        Assert.Equal((0.07, 0.91, 0.06), ((double)json["wer_ravdess"]!, (double)json["exact_ravdess"]!, (double)json["real_time_factor"]!));
        Assert.Contains("| RAVDESS, all | 1200 | 7.0 (5.0 to 9.0) | 91.0 (88.0 to 94.0) | 1.0 |", text, StringComparison.Ordinal);
        Assert.Equal(taken, json["ravdess_transcripts_uar"] is not null);
    }

    [Fact]
    public void Pictures_OfTheReport_AreWellFormed()
    {
        Write(Row("with", 0.7, meld: true));

        foreach (var name in (string[])["goemotions-confusion", "goemotions-reliability", "meld-confusion", "meld-reliability"])
        {
            Assert.Equal("svg", XDocument.Load(Path.Combine(_output, "text", name + ".svg")).Root!.Name.LocalName);
        }
    }

    private (string Text, JsonObject Json) Write(TextRow shipped, params TextRow[] rivals)
    {
        new TextReport(_output).Write(shipped, rivals, null, "digest", Made);
        return Read();
    }

    private (string Text, JsonObject Json) Read() =>
        (File.ReadAllText(Path.Combine(_output, "text.md")), (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(_output, "text.json")))!);

    private static TextRow Row(string name, double right, bool meld)
    {
        var random = new Random(7);
        List<JudgedText> lines = [.. Enumerable.Range(0, 300).Select(i => Judged(Line(i, group: i / 10), right, random))];
        var recipe = RecipeFile.Read<TextRecipe>("text-classifier") with { Corpora = meld ? ["goemotions", "meld"] : ["goemotions"] };
        var posterior = Enumerable.Range(0, EmotionLabels.Count).Select(label => label == 2 ? 1f : 0).ToArray();
        return new TextRow(
            name, $"20261122-1500-{name.GetHashCode(StringComparison.Ordinal) & 0xffff:x8}", new string('d', 40), recipe, Spec(), 1.1, 9_000_000,
            new TextWorth(new TextJudgement("test", Comments(right), lines, [0.4]), Spec()),
            new SentenceLeak(new Dictionary<string, float[]> { ["Kids"] = posterior, ["Dogs"] = posterior },
                Scores.Of([.. Enumerable.Repeat(posterior, 16)], [.. Enumerable.Range(0, 16).Select(i => i % 8)])));
    }

    private static TextClassifierSpec Spec() => new() { MaximumPieces = 64, Thresholds = [.. Enumerable.Range(0, EmotionLabels.Count).Select(label => label == 1 ? 2.0 : 0.4)] };

    private static List<JudgedText> Comments(double right)
    {
        var random = new Random(11);
        return [.. Enumerable.Range(0, 700).Select(i => Judged(
            new LabelledText($"{i}", i % 5 == 0 ? [Labels[i % 7], Labels[(i + 1) % 7]] : [Labels[i % 7]], CorpusLabels.GoEmotions) { Group = $"{i}" }, right, random))];
    }

    private static LabelledText Line(int i, int group) => new($"{i}", [Labels[i % 7]], CorpusLabels.Meld) { Group = $"{group}" };

    private static JudgedText Judged(LabelledText text, double right, Random random)
    {
        var said = random.NextDouble() < right ? text.Labels[0] : Labels[random.Next(7)];
        var posterior = new float[EmotionLabels.Count];
        foreach (var label in Labels)
        {
            posterior[label] = label == said ? 0.7f : 0.05f;
        }

        return new JudgedText(text, posterior, posterior);
    }
}
