namespace Emotion.Features.Words;

/// <summary>
/// Text to numbers by a trained vocabulary of pieces of words: each word as the longest pieces that it begins with, one after the
/// other. What the vocabulary cannot spell is <see cref="Unknown"/>, so that no text is refused. Any number of threads at once.
/// </summary>
public sealed class WordPieces
{
    public const string FileName = "pieces.txt";

    /// <summary>Numbers of what is no piece: nothing at all, and what cannot be spelled.</summary>
    public const int Padding = 0, Unknown = 1;

    /// <summary>The first lines of a vocabulary.</summary>
    public static readonly IReadOnlyList<string> Reserved = ["<pad>", "<unk>"];

    private readonly Dictionary<string, int> _numbers;
    private readonly int _longest;

    /// <param name="pieces">In order of their numbers, the reserved ones first.</param>
    /// <exception cref="ArgumentException">The reserved pieces are missing, or a piece is there twice or empty.</exception>
    public WordPieces(IReadOnlyList<string> pieces)
    {
        if (!pieces.Take(Reserved.Count).SequenceEqual(Reserved) || pieces.Contains("") || pieces.Distinct(StringComparer.Ordinal).Count() != pieces.Count)
        {
            throw new ArgumentException($"A vocabulary of pieces begins with {string.Join(", ", Reserved)}, and no piece is there twice or empty.");
        }

        Count = pieces.Count;
        _longest = pieces.Skip(Reserved.Count).Select(piece => piece.Length).DefaultIfEmpty(1).Max();
        _numbers = pieces.Skip(Reserved.Count).Select((piece, i) => KeyValuePair.Create(piece, i + Reserved.Count)).ToDictionary(StringComparer.Ordinal);
    }

    public int Count { get; }

    /// <summary>A piece a line.</summary>
    /// <exception cref="ArgumentException">It is no such vocabulary.</exception>
    public static WordPieces Parse(string lines) => new(lines.TrimEnd('\n').Split('\n'));

    /// <summary>As many numbers as there is room for; what text is left is not read.</summary>
    /// <param name="text">Anything.</param>
    /// <param name="numbers">From 1 to <see cref="Count"/> - 1.</param>
    /// <returns>How many there are.</returns>
    public int Encode(ReadOnlySpan<char> text, Span<int> numbers)
    {
        Span<char> buffer = stackalloc char[WordReader.Longest];
        var reader = new WordReader(text, buffer);
        var count = 0;
        while (count < numbers.Length && reader.Next(out var word))
        {
            count += Spell(word, numbers[count..]);
        }

        return count;
    }

    private int Spell(ReadOnlySpan<char> word, Span<int> numbers)
    {
        var lookup = _numbers.GetAlternateLookup<ReadOnlySpan<char>>();
        var count = 0;
        for (var at = 0; at < word.Length && count < numbers.Length;)
        {
            var length = Math.Min(_longest, word.Length - at);
            int number;
            while (!lookup.TryGetValue(word.Slice(at, length), out number) && length > 1)
            {
                length--;
            }

            numbers[count++] = number == Padding ? Unknown : number;
            at += length;
        }

        return count;
    }
}
