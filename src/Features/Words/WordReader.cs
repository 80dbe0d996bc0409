using System.Text;

namespace Emotion.Features.Words;

/// <summary>
/// Cuts text into words, in lower case, each with a mark that it begins: letters, digits and apostrophes that follow one another are a
/// word, and so is any other character that is no space. Allocates nothing.
/// </summary>
public ref struct WordReader
{
    /// <summary>Stands before the first character of a word, U+2581.</summary>
    public const char Mark = '\u2581';

    /// <summary>Longer words are cut; the mark counts.</summary>
    public const int Longest = 48;

    private readonly ReadOnlySpan<char> _text;
    private readonly Span<char> _word;
    private int _at;

    /// <param name="word">Room for <see cref="Longest"/> characters.</param>
    public WordReader(ReadOnlySpan<char> text, Span<char> word)
    {
        _text = text;
        _word = word;
        _word[0] = Mark;
    }

    /// <summary>Whether anything is said: a text of mere signs (<c>...</c>, <c>?!</c>) says nothing.</summary>
    public static bool HasWord(ReadOnlySpan<char> text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The next word; it is overwritten by the one after.</summary>
    public bool Next(out ReadOnlySpan<char> word)
    {
        while (_at < _text.Length && (char.IsWhiteSpace(_text[_at]) || char.IsControl(_text[_at])))
        {
            _at++;
        }

        var length = 1;
        while (_at < _text.Length && IsInside(_text[_at]) && length < Longest)
        {
            _word[length++] = Plain(_text[_at++]);
        }

        if (length == 1 && _at < _text.Length)
        {
            // A sign of its own; an emoji is often two halves.
            var halves = char.IsHighSurrogate(_text[_at]) && _at + 1 < _text.Length && char.IsLowSurrogate(_text[_at + 1]) ? 2 : 1;
            _text.Slice(_at, halves).CopyTo(_word[1..]);
            _at += halves;
            length += halves;
        }

        word = _word[..length];
        return length > 1;
    }

    private static bool IsInside(char character) => char.IsLetterOrDigit(character) || character is '\'' or '\u2019';

    private static char Plain(char character) => character == '\u2019' ? '\'' : char.ToLowerInvariant(character);
}
