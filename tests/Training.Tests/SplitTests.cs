using Emotion.Features;
using Emotion.Training.Datasets;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;

namespace Emotion.Training.Tests;

public class SplitTests
{
    private static readonly SpeechSplitSpec Shipped = RecipeFile.Read<AudioRecipe>("audio").Split;

    [Fact]
    public void SpeechSplit_OfTheShippedRecipe_PutsNoActorIntoTwoParts()
    {
        int[] testActors = [1, 11, 20, 21];
        var recordings = Enumerable.Range(0, Ravdess.Actors * 8)
            .Select(i => new SpeechRecording($"r{i}", i % 8, i / 8 + 1, [])).ToList();

        var split = SpeechSplit.Of(recordings, Shipped, testActors);

        var parts = new[] { split.Training, split.Validation, split.Fusion, split.Test }
            .Select(part => part.Select(recording => recording.Subject).ToHashSet()).ToList();
        Assert.Equal(parts.Sum(part => part.Count), parts.SelectMany(part => part).Distinct().Count());
        Assert.Equal(testActors.ToHashSet(), parts[3]);
        Assert.Equal(18, parts[0].Count);
        Assert.DoesNotContain(19, parts[0]);
    }

    [Fact]
    public void SpeechSplit_WithAnActorInTwoParts_IsRefused() =>
        Assert.Throws<ArgumentException>(() => SpeechSplit.Of([], Shipped with { FusionActors = [8, 2] }, [1, 11, 20, 21]));

    [Fact]
    public void FaceSplit_WithBytesInSeveralParts_KeepsThemInTheLastOnly()
    {
        FacePicture Picture(string name, string sha) => new(name, 0, sha, []);
        var corpus = new Fer2013("",
            [Picture("t1", "aa"), Picture("t2", "be"), Picture("t3", "cc")],
            [Picture("p1", "be"), Picture("p2", "dd"), Picture("p3", "00"), Picture("p4", "03")],
            [Picture("v1", "cc"), Picture("v2", "dd"), Picture("v3", "ee")]);

        var split = FaceSplit.Of(corpus);

        Assert.Equal(["t1"], split.Training.Select(p => p.Name));
        Assert.Equal(["p3"], split.Selection.Select(p => p.Name));
        Assert.Equal(["p1"], split.Calibration.Select(p => p.Name));
        Assert.Equal(["p4"], split.Fusion.Select(p => p.Name));
        Assert.Equal(3, split.Test.Count);
        Assert.Equal(["cc", "dd"], split.TestDuplicates.Order());
    }

    [Fact]
    public void SubjectSplit_OfManySubjects_KeepsEachInOnePartAndFillsAll()
    {
        var sequences = Enumerable.Range(0, 300).Select(i => new FaceSequence($"s{i}", $"S{i % 100:000}", 0, [])).ToList();

        var split = SubjectSplit.Of(sequences);

        var parts = new[] { split.Training, split.Validation, split.Test }.Select(part => part.Select(s => s.Subject).ToHashSet()).ToList();
        Assert.Equal(100, parts.Sum(part => part.Count));
        Assert.Equal(100, parts.SelectMany(part => part).Distinct().Count());
        Assert.All(parts, part => Assert.NotEmpty(part));
    }

    [Fact]
    public void TextSplit_OfDevParts_HalvesThemByDialogueAndKeepsWordsInOnePart()
    {
        LabelledText Line(string text, int dialogue, params int[] labels) => new(text, labels, CorpusLabels.Meld) { Group = $"{dialogue}" };
        LabelledText Comment(string text) => new(text, [2], CorpusLabels.GoEmotions);
        LabelledText[] dev =
        [
            .. Enumerable.Range(0, 400).Select(i => Line($"line {i}", i / 10, i % 7)), Line("Oh  my GOD!", 1, 7), Line("both of it", 2, 3, 4),
            .. Enumerable.Range(0, 100).Select(i => Comment($"comment {i}")), Comment("seen in the test"), .. Enumerable.Range(0, 40).Select(i => Line("what?", i, 7)),
        ];

        var split = TextSplit.Of([Line("oh my god!", 1, 7)], dev, [Comment("Seen in the test"), Comment("OH MY GOD!")]);

        Assert.Equal(["Seen in the test"], split.Test.Select(text => text.Text));
        Assert.Empty(Dialogues(split.Training).Intersect(Dialogues(split.Validation)));
        Assert.InRange(Dialogues(split.Training).Count, 10, 30);
        Assert.InRange(split.Training.Count(text => text.Corpus == CorpusLabels.GoEmotions), 30, 70);
        var texts = split.Training.Concat(split.Validation).Select(text => text.Text).ToList();
        Assert.Equal(500, texts.Where(text => text != "what?").Distinct().Count());
        Assert.DoesNotContain("both of it", texts);
        Assert.DoesNotContain("Oh  my GOD!", texts);
        Assert.DoesNotContain("seen in the test", texts);
        Assert.DoesNotContain(split.Training, text => text.Text == "what?");
        Assert.Contains(split.Validation, text => text.Text == "what?");

        static HashSet<string> Dialogues(IEnumerable<LabelledText> texts) =>
            [.. texts.Where(text => text.Corpus == CorpusLabels.Meld).Select(text => text.Group)];
    }
}
