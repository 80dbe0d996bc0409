using Emotion.Features.Words;
using Emotion.Gateway.Api;
using ClipWindow = Emotion.Contracts.Common.V1.ClipWindow;

namespace Emotion.Gateway.Analyses;

/// <summary>Words that are read as one: a segment of a transcript, or a part of a long one.</summary>
public sealed class Passage
{
    /// <summary>More is cut, where a sentence ends or at least a word. A text model reads 64 pieces of words at once, about so many characters.</summary>
    public const int LongestText = 240;

    private static readonly System.Buffers.SearchValues<char> SentenceEnds = System.Buffers.SearchValues.Create(".!?\u2026");

    private readonly TranscriptSegment _segment;
    private readonly int _words;

    private Passage(TranscriptSegment segment, string text)
    {
        (_segment, Text) = (segment, text);
        _words = Math.Max(1, CountWords(text));
    }

    public string Text { get; }

    /// <summary>All words of a transcript, in order. Nobody knows when the parts of a segment are said: each has the times of the whole.</summary>
    public static IEnumerable<Passage> Of(Transcript transcript)
    {
        foreach (var segment in transcript.Segments)
        {
            for (var (at, length) = (0, 0); at < segment.Text.Length; at += length)
            {
                length = CutAfter(segment.Text.AsSpan(at));
                yield return new Passage(segment, segment.Text.Substring(at, length).Trim());
            }
        }
    }

    /// <summary>How many of its words fall into a window, if they are spread evenly over its time.</summary>
    public double WordsIn(ClipWindow window)
    {
        var length = _segment.End - _segment.Start;
        if (length <= 0)
        {
            return _segment.Start >= window.StartSeconds && _segment.Start < window.EndSeconds ? _words : 0;
        }

        var common = Math.Min(_segment.End, window.EndSeconds) - Math.Max(_segment.Start, window.StartSeconds);
        return _words * Math.Max(0, common) / length;
    }

    /// <summary>Without the words: they are private, and whatever prints this must not print them.</summary>
    public override string ToString() => $"{_words} words, {_segment}";

    private static int CutAfter(ReadOnlySpan<char> text)
    {
        if (text.Length <= LongestText)
        {
            return text.Length;
        }

        var room = text[..LongestText];
        var sentence = room.LastIndexOfAny(SentenceEnds);
        while (sentence > 0 && text[sentence + 1] != ' ')
        {
            sentence = room[..sentence].LastIndexOfAny(SentenceEnds); // 3.5 is no end.
        }

        var cut = sentence > 0 ? sentence + 1 : room.LastIndexOf(' ') is var space and > 0 ? space : LongestText;
        return char.IsHighSurrogate(text[cut - 1]) ? cut - 1 : cut;
    }

    private static int CountWords(ReadOnlySpan<char> text)
    {
        Span<char> buffer = stackalloc char[WordReader.Longest];
        var reader = new WordReader(text, buffer);
        var count = 0;
        while (reader.Next(out var word))
        {
            count += char.IsLetterOrDigit(word[1]) ? 1 : 0;
        }

        return count;
    }
}
