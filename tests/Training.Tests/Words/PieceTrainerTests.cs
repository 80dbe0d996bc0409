using Emotion.Features.Words;
using Emotion.Training.Words;

namespace Emotion.Training.Tests.Words;

public sealed class PieceTrainerTests
{
    private static readonly string[] Texts =
        [.. Enumerable.Repeat("low lower lowest", 5), .. Enumerable.Repeat("new newer", 4), .. Enumerable.Repeat("wide", 3), "xylophone"];

    [Fact]
    public void Train_OftenSeenPairs_BecomePiecesFirst()
    {
        var pieces = PieceTrainer.Train(Texts, 16, rarest: 2);

        Assert.Equal(WordPieces.Reserved, pieces.Take(2));
        Assert.Equal(16, pieces.Count);
        Assert.Contains("\u2581low", pieces);
        Assert.DoesNotContain("\u2581wide", pieces);
    }

    [Fact]
    public void Train_UntilNothingIsLeft_SpellsWordsWhole()
    {
        var pieces = new WordPieces(PieceTrainer.Train(Texts, 10_000, rarest: 3));

        Assert.Equal(5, Encode(pieces, "low lower newer wide lowest").Length);
        Assert.Contains(WordPieces.Unknown, Encode(pieces, "xylophone"));
    }

    [Fact]
    public void Train_SameTextsInAnotherOrder_GiveTheSameVocabulary() =>
        Assert.Equal(PieceTrainer.Train(Texts, 25, 2), PieceTrainer.Train(Texts.Reverse(), 25, 2));

    [Fact]
    public void Train_WithEmoji_KeepsThemWhole()
    {
        var pieces = PieceTrainer.Train(Enumerable.Repeat("so funny \ud83d\ude02 \ud83d\ude02", 3), 100, rarest: 2);

        Assert.Contains("\u2581\ud83d\ude02", pieces);
        Assert.Equal(pieces, System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', pieces))).Split('\n'));
        Assert.Single(Encode(new WordPieces(pieces), "\ud83d\ude02"));
    }

    private static int[] Encode(WordPieces pieces, string text)
    {
        var numbers = new int[64];
        return numbers[..pieces.Encode(text, numbers)];
    }
}
