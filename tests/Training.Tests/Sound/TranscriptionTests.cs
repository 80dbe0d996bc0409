using System.CommandLine;
using Emotion.Features;
using Emotion.Inference.Text;
using Emotion.Media;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Packaging;

namespace Emotion.Training.Tests.Sound;

public sealed class TranscriptionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Don’t go -- it's NOT over!", "dont go its not over")]
    [InlineData("27 cups, 1,000 plates", "twenty seven cups one thousand plates")]
    [InlineData("In 2305 or 640000?", "in two thousand three hundred five or six hundred forty thousand")]
    [InlineData("Call 5551234", "call five five five one two three four")]
    [InlineData("the 19th wait-wait", "the nineteen th wait wait")]
    [InlineData(" … ", "")]
    public void Words_OfText_AreThoseThatOneHears(string text, string words) => Assert.Equal(words, string.Join(' ', SpokenWords.Of(text)));

    [Theory]
    [InlineData("Kids are talking by the door", "Kids are talking by the door.", 0)]
    [InlineData("Kids are talking by the door", "The kids are talking about a door.", 3)]
    [InlineData("Kids are talking by the door", "", 6)]
    [InlineData("Kids are talking by the door", "Dogs are sitting by a door", 3)]
    [InlineData("no", "no no no", 2)]
    public void Errors_OfATranscript_AreTheFewestEdits(string said, string heard, int errors)
    {
        var found = WordErrors.Of(said, heard);

        Assert.Equal((errors, errors == 0 ? 1 : 0, 1, 0), (found.Errors, found.Exact, found.Transcripts, found.Abstained));
    }

    [Fact]
    public void Errors_OfManyTranscripts_WeighTheirWords()
    {
        var sum = WordErrors.Of("one two three four", "one two three four") + 2 * WordErrors.Of("five", null);

        Assert.Equal((2.0 / 6, 1.0 / 3, 2.0 / 3), (sum.Rate, sum.ExactRate, sum.AbstainedRate));
    }

    [Fact]
    public void Rows_OfCsv_KeepCommasQuotesAndLineEndsInQuotes()
    {
        var rows = Meld.Rows("a,\"b, \"\"c\"\"\"\r\n\"d\ne\",\nlast,row").ToList();

        Assert.Equal(3, rows.Count);
        Assert.Equal(["a", "b, \"c\""], rows[0]);
        Assert.Equal(["d\ne", ""], rows[1]);
        Assert.Equal(["last", "row"], rows[2]);
    }

    [Fact]
    public void Vocabulary_OfNpm_SpellsEveryByte() => Assert.Equal(32_000, SubwordVocabulary.Parse(LlamaVocabulary.Read()).Count);

    [Fact]
    public async Task ShippedRecipe_OnSpeechReadAloud_UnderstandsEnglishAndNothingElse()
    {
        using var guard = new FFMpegGuard(new MediaOptions());
        var reader = new SyntheticVoice(new AudioDecoder(guard));
        var english = await reader.ReadAsync("en-us", "The children are playing in the garden this afternoon.", Token);
        var french = await reader.ReadAsync("fr", "Je ne comprends pas pourquoi il est parti sans dire un mot.", Token);

        var (heard, foreign) = await TextPackage.TryAsync(
            async model => (await model.Transcriber.TranscribeAsync(english, "", Token), await model.Transcriber.TranscribeAsync(french, "", Token)), Token);

        Assert.Equal("The children are playing in the garden this afternoon.", heard.Text);
        Assert.NotNull(foreign.Abstention);
    }

    [Fact]
    public void Sample_OfASortedCorpus_IsNotOfOneSentence()
    {
        int[] all = [.. Enumerable.Range(0, 400)];

        Assert.Equal(all, TranscriptionTest.Sample(all, 1));
        var some = TranscriptionTest.Sample(all, 4);
        Assert.Equal((100, 100), (some.Count, some.Distinct().Count()));
        Assert.InRange(some.Count(number => number % 2 == 0), 30, 70); // Each fourth of them in order would all be even.
        Assert.Equal(some, TranscriptionTest.Sample(all, 4));
    }

    [Theory]
    [InlineData("--every 0", "--every is 1")]
    [InlineData("--every 20", "give --out")]
    [InlineData("--every 20 --out look.json", null)]
    [InlineData("", null)]
    public void EvaluateTranscription_WithEvery_NeedsAFileOfItsOwn(string given, string? refused)
    {
        var errors = TranscriptionCommand.Create(new Option<string>("--packages")).Parse(given).Errors;

        Assert.Equal(refused is null ? 0 : 1, errors.Count);
        Assert.All(errors, error => Assert.Contains(refused!, error.Message));
    }

    [Fact]
    public async Task Reader_ThatIsInstalled_TellsItsVersionAndNoFolder()
    {
        var version = await SyntheticVoice.VersionAsync(Token);

        Assert.StartsWith("eSpeak NG", version);
        Assert.DoesNotContain("/", version);
    }

    [Fact]
    public void Figures_OfReadTranscripts_TellAbstentionsApart()
    {
        float[] Sure(int label) => [.. Enumerable.Range(0, EmotionLabels.Count).Select(one => one == label ? 1f : 0)];
        // Two actors; what was heard is always right, one in four was not heard.
        var read = Enumerable.Range(0, 64).Select(i => new ReadTranscript(1 + i % 2, i / 2 % 8, i < 16 ? null : Sure(i / 2 % 8))).ToList();

        var figures = ReadTranscript.Figures(read);

        Assert.Equal((64, 2, 16), ((int)figures["n"]!, (int)figures["actors"]!, (int)figures["abstained"]!));
        Assert.Equal(1, (double)figures["uar_without_abstentions"]!);
        Assert.Equal((1 + 7 * 0.75) / 8, (double)figures["uar"]!, 4); // An abstention is taken for the first label.
        Assert.True((double)figures["uar_interval95"]![0]! <= (double)figures["uar"]!);
    }

    [Fact]
    public async Task Read_VoiceThatIsNotThere_SaysSo()
    {
        using var guard = new FFMpegGuard(new MediaOptions());

        var refused = await Assert.ThrowsAsync<CorpusException>(() => new SyntheticVoice(new AudioDecoder(guard)).ReadAsync("xx-none", "hello", Token));

        Assert.Contains("xx-none", refused.Message);
    }
}
