using System.Text;
using Emotion.Inference.Tests.Graphs;
using Emotion.Inference.Text;

namespace Emotion.Inference.Tests;

public sealed class TranscriberPartsTests
{
    private static readonly SubwordVocabulary Vocabulary = SubwordVocabulary.Parse(Moonshine.Vocabulary());

    [Fact]
    public void Decode_Words_GetTheirSpacesBack()
    {
        var lines = Encoding.UTF8.GetString(Moonshine.Vocabulary()).Split('\n');
        int[] tokens = [1, Array.IndexOf(lines, "\u2581door"), Array.IndexOf(lines, "s"), Array.IndexOf(lines, "\u2581are"), Array.IndexOf(lines, "."), 2];

        Assert.Equal(32_000, Vocabulary.Count);
        Assert.DoesNotContain(-1, tokens);
        Assert.Equal("doors are.", Vocabulary.Decode(tokens));
    }

    [Fact]
    public void Decode_Bytes_BecomeTheCharacterThatTheySpell()
    {
        // Bytes 0x00 to 0xFF are tokens 3 to 258.
        int[] tokens = [.. Encoding.UTF8.GetBytes("né \U0001F600").Select(value => value + 3)];

        Assert.Equal("né \U0001F600", Vocabulary.Decode(tokens));
        Assert.Equal("n\uFFFD", Vocabulary.Decode(tokens.AsSpan(0, 2)));
    }

    [Fact]
    public void Decode_TokensOfNoWord_SayNothing() => Assert.Equal("", Vocabulary.Decode([0, 1, 2, 32_100, -1]));

    [Fact]
    public void Parse_WithoutBytes_IsRefused() => Assert.Throws<ArgumentException>(() => SubwordVocabulary.Parse("a\nb"u8));

    [Theory]
    [InlineData("5 5 5", false, 3)]
    [InlineData("1 2 5 5 5 5 5 5", true, 3)]
    [InlineData("1 2 3 1 2 3", false, 6)]
    [InlineData("9 1 2 3 1 2 3 1 2 3", true, 4)]
    [InlineData("1 2 3 4 1 2 3 5", false, 8)]
    public void Loop_OfTokens_IsCutToOnePattern(string tokens, bool ends, int kept)
    {
        int[] all = [.. tokens.Split(' ').Select(int.Parse)];

        Assert.Equal(ends, TokenLoop.Ends(all, 6, out var left));
        Assert.Equal(kept, left);
    }

    [Fact]
    public void Pieces_OfSpeechWithoutAPause_AreCutWhereItSoundsLeastLikeSpeech()
    {
        // 32 s of speech; a breath, too short for a pause, 12 s after its beginning.
        var probabilities = Enumerable.Repeat(0.9f, 1000).ToArray();
        probabilities[375] = 0.3f;

        var pieces = SpeechPieces.Of(probabilities, 512_000, Moonshine.Spec.VoiceActivity, Moonshine.Spec.Transcriber);

        Assert.Equal(376 * 512, pieces[0].End);
        Assert.All(pieces, piece => Assert.InRange(piece.End - piece.First, 1, 15 * 16000));
        Assert.Equal(0, pieces[0].First);
        Assert.Equal(512_000, pieces[^1].End);
        Assert.All(pieces.Zip(pieces.Skip(1)), pair => Assert.Equal(pair.First.With(1600).End, pair.Second.With(1600).Start));
    }

    [Fact]
    public void Pieces_BetweenPauses_KeepAMarginAndShareNoSound()
    {
        var probabilities = new float[200];
        Array.Fill(probabilities, 0.9f, 50, 20);
        Array.Fill(probabilities, 0.9f, 100, 20);

        var pieces = SpeechPieces.Of(probabilities, 200 * 512, Moonshine.Spec.VoiceActivity, Moonshine.Spec.Transcriber);

        Assert.Equal([new Range(50 * 512 - 1600, 70 * 512 + 1600), new Range(100 * 512 - 1600, 120 * 512 + 1600)], pieces.Select(piece => piece.With(1600)));
        Assert.Equal(pieces[0].With(20_000).End, pieces[1].With(20_000).Start);
    }
}
