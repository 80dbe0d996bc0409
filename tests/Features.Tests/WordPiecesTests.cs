using Emotion.Features.Words;

namespace Emotion.Features.Tests;

public sealed class WordPiecesTests
{
    private static readonly WordPieces Pieces = new(["<pad>", "<unk>", "\u2581", "\u2581i", "\u2581don't", "\u2581know", "ing", "n", "o", "w", "\u2581!", "s"]);

    [Theory]
    [InlineData("I don't know!", new[] { 3, 4, 5, 10 })]
    [InlineData("  DON\u2019T\tknowing ", new[] { 4, 5, 6 })]
    [InlineData("now", new[] { 2, 7, 8, 9 })]
    [InlineData("s\u00e9s", new[] { 2, 11, 1, 11 })]
    [InlineData("\ud83d\ude00!", new[] { 2, 1, 1, 10 })]
    [InlineData("", new int[0])]
    [InlineData(" \n\u0000 ", new int[0])]
    public void Encode_Text_IsSpelledByTheLongestPieces(string text, int[] numbers) => Assert.Equal(numbers, Encode(text, 64));

    [Fact]
    public void Encode_MoreThanThereIsRoomFor_Stops() => Assert.Equal([3, 3, 3], Encode("i i i i i", 3));

    [Fact]
    public void Encode_AnyCharacters_GivesNumbersOfTheVocabulary()
    {
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(200)).Select(_ => (char)random.Next(random.Next(2) == 0 ? 0x80 : 0x10000)));

            Assert.All(Encode(text, 300), number => Assert.InRange(number, WordPieces.Unknown, Pieces.Count - 1));
        }
    }

    [Fact]
    public void Encode_AWordWithoutEnd_IsCutAndReadOn()
    {
        var numbers = Encode(new string('s', 1000), 2000);

        Assert.Equal(1000, numbers.Count(number => number == 11));
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("<pad>\n<unk>\na\na")]
    [InlineData("<pad>\n<unk>\n\nb")]
    public void Parse_NoVocabulary_IsRefused(string lines) => Assert.Throws<ArgumentException>(() => WordPieces.Parse(lines));

    private static int[] Encode(string text, int room)
    {
        var numbers = new int[room];
        return numbers[..Pieces.Encode(text, numbers)];
    }
}
