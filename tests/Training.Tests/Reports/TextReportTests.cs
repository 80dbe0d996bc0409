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

    // By how often they are right: each is two thousand draws of several figures.
    private static readonly Dictionary<double, TextWorth> Worths = [];

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
        Assert.True((double)json["shipping"]!["dev"]!["macro_f1_without_less_with"]! < -0.02);
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
    public void Report_WhereDevAndTestDisagree_ShipsWhatDevSays()
    {
        var (text, json) = Write(Row("with", 0.8, meld: true, dev: 0.6), Row("without", 0.5, meld: false, dev: 0.7));

        Assert.Contains("So the one **without** MELD is to be shipped", text, StringComparison.Ordinal);
        Assert.True((bool)json["shipping"]!["ships_without_meld"]!);
        Assert.True((double)json["shipping"]!["dev"]!["macro_f1_without_less_with"]! > 0);
        Assert.True((double)json["shipping"]!["test"]!["macro_f1_without_less_with"]! < -0.02);
    }

    [Fact]
    public void Shipping_AmongOtherRecipes_ComparesTheShippedOneWithItsOwnCounterpart()
    {
        var shipped = Row("shipped", 0.7, meld: true);
        var larger = Row("larger", 0.7, meld: false);
        larger = larger with { Recipe = larger.Recipe with { Recurrent = 512 } };
        var counterpart = Row("counterpart", 0.7, meld: false);

        Assert.Null(TextShipping.Of(shipped, [shipped, larger, Row("alike", 0.7, meld: true)]));
        Assert.Same(counterpart, TextShipping.Of(shipped, [shipped, larger, counterpart])!.Without);
        Assert.Same(counterpart, TextShipping.Of(counterpart, [counterpart, larger, shipped])!.Without);
    }

    [Fact]
    public void Report_WhereARivalIsTheShippedClassifier_ShowsItOnce()
    {
        var shipped = Row("shipped", 0.7, meld: true);

        var (_, json) = Write(shipped, Row("again", 0.7, meld: true) with { Classifier = shipped.Classifier }, Row("other", 0.6, meld: true));

        Assert.Equal(["shipped", "other"], json["rows"]!.AsArray().Select(row => (string?)row!["row"]));
    }

    [Fact]
    public void Report_OfAnUnreadableRival_NamesIt()
    {
        new TextReport(_output).Write(Row("with", 0.7, meld: true), [], null, "digest", Made, [new UnreadableRival("old", "of another time")]);

        Assert.Contains("`old` is unreadable and left out: of another time", Read().Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_WithoutTranscription_InventsNothing()
    {
        var (text, json) = Write(Row("with", 0.7, meld: true));

        Assert.Contains("Not run: `./emotion training evaluate transcription`.", text, StringComparison.Ordinal);
        Assert.Contains("the other, of the same recipe but for that, was not run.", text, StringComparison.Ordinal);
        Assert.Null(json["wer_ravdess"]);
        Assert.Null(json["shipping"]);
        Assert.Null(json["ravdess_transcripts_uar"]);
    }

    [Theory]
    [InlineData("encoder", "another graph", HeardFigures.OfAnother)]
    [InlineData("peak", 0.9, HeardFigures.OfAnother)]
    [InlineData("every", 20, HeardFigures.OfSome)]
    public void Report_WithTranscriptionOfAnotherSpeechToText_TakesNothingOfIt(string changed, object value, string why)
    {
        var row = Row("with", 0.7, meld: true);
        var transcription = Transcription(row, row.Version);
        var parent = changed switch { "encoder" => transcription["package"]!["digests"]!, "peak" => transcription["recipe"]!["transcriber"]!, _ => transcription["ravdess"]! };
        Assert.NotNull(parent[changed]);
        parent[changed] = JsonValue.Create(value);

        new TextReport(_output).Write(row, [], transcription, "digest", Made);

        var (text, json) = Read();
        Assert.Null(json["wer_ravdess"] ?? json["exact_ravdess"] ?? json["real_time_factor"] ?? json["transcription"] ?? json["ravdess_transcripts_uar"]);
        Assert.Equal(why, (string?)json["transcription_missing"]);
        Assert.Contains($"| RAVDESS, actors 5 to 24: word error rate, per cent | {why} | 15.0 | 8.0 | {why} |", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("the version", true)]
    [InlineData("another", false)]
    public void Report_WithTranscription_TakesItsFiguresAndThoseOfThisPackageAlone(string package, bool taken)
    {
        var row = Row("with", 0.7, meld: true);

        new TextReport(_output).Write(row, [], Transcription(row, package == "the version" ? row.Version : package), "digest", Made);

        var (text, json) = Read();
        Assert.Equal((0.07, 0.91, 0.06), ((double)json["wer_ravdess"]!, (double)json["exact_ravdess"]!, (double)json["real_time_factor"]!));
        Assert.Contains("| RAVDESS, all | 1200 | 7.0 (5.0 to 9.0) | 91.0 (88.0 to 94.0) | 1.0 |", text, StringComparison.Ordinal);
        Assert.Contains("word error rate, per cent (n = 1200) | 7.0 (5.0 to 9.0) | 15.0 | 8.0 | goal |", text, StringComparison.Ordinal);
        Assert.Contains("| lines of MELD read by espeak-ng, all | 1200 | 7.0 (4.0 to 10.0) |", text, StringComparison.Ordinal);
        Assert.Equal(taken, json["ravdess_transcripts_uar"] is not null);
        Assert.Equal(taken, text.Contains("UAR is 13.0 (11.0 to 15.0) per cent over 20 actors (n = 1200). Of these it abstained 12 times; without them UAR is 12.6", StringComparison.Ordinal));
    }

    private static JsonObject Transcription(TextRow row, string package)
    {
        var figures = """{"word_error_rate":0.07,"exact":0.91,"abstained":0.01,"words":7200,"transcripts":1200""";
        return (JsonObject)JsonNode.Parse($$$"""
            {"ravdess":{{{figures}}},"interval_over_actors":{"word_error_rate":[0.05,0.09],"exact":[0.88,0.94]},"every":1,"actors":"5 to 24","real_time_factor":0.06,
              "by_emotion":{"calm":{{{figures}}} } },"by_intensity":{"strong":{{{figures}}} } } },
             "package":{{{row.Hears.ToJson().ToJsonString()}}},"recipe":{{{row.Hears.FrontEnd.ToJsonString()}}},
             "classifier":{"package":"{{{package}}}","n":1200,"actors":20,"uar":0.13,"uar_interval95":[0.11,0.15],"abstained":12,
              "uar_without_abstentions":0.126,"uar_without_abstentions_interval95":[0.11,0.14]},
             "meld_read_aloud":{{{figures}}},"interval_over_lines":{"word_error_rate":[0.04,0.1],"exact":[0.88,0.94]},"espeak":"eSpeak NG 1.51","by_voice":{"en-us":{{{figures}}} } } },"other_languages":{"sentences":14,"abstained":0.93}}
            """)!;
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

    private static TextJudgement Judgement(string part, double right)
    {
        var random = new Random(7);
        return new TextJudgement(part, Comments(right), [.. Enumerable.Range(0, 300).Select(i => Judged(Line(i, group: i / 10), right, random))], [0.4]);
    }

    private static TextWorth WorthOf(double right) =>
        Worths.TryGetValue(right, out var there) ? there : Worths[right] = new TextWorth(Judgement("test", right), Spec());

    private static TextRow Row(string name, double right, bool meld, double? dev = null)
    {
        var recipe = RecipeFile.Read<TextRecipe>("text-classifier") with { Corpora = meld ? ["goemotions", "meld"] : ["goemotions"] };
        var posterior = Enumerable.Range(0, EmotionLabels.Count).Select(label => label == 2 ? 1f : 0).ToArray();
        return new TextRow(
            name, $"20261122-1500-{name.GetHashCode(StringComparison.Ordinal) & 0xffff:x8}", new string('d', 40), recipe, Spec(), 1.1, 9_000_000,
            WorthOf(right),
            new SentenceLeak(new Dictionary<string, float[]> { ["Kids"] = posterior, ["Dogs"] = posterior },
                Scores.Of([.. Enumerable.Repeat(posterior, 16)], [.. Enumerable.Range(0, 16).Select(i => i % 8)])))
        {
            Dev = Judgement("dev", dev ?? right),
            Classifier = name,
            Hears = new TranscriptionSource(
                name, new Dictionary<string, string> { ["encoder"] = "e", ["decoder"] = "d" },
                (JsonObject)JsonNode.Parse("""{"voiceActivity":{"begin":0.4},"transcriber":{"peak":0.5},"classifier":{"maximumPieces":64} }""")!),
        };
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
