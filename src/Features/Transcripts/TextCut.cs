using System.Buffers;

namespace Emotion.Features.Transcripts;

/// <summary>Where a text that is too long to be taken as one is cut.</summary>
public static class TextCut
{
    private static readonly SearchValues<char> SentenceEnds = SearchValues.Create(".!?\u2026");

    /// <summary>
    /// All of a text in pieces of at most so many characters, none of them empty or with space around it: cut behind the last sentence
    /// that ends within them, without one at the last space, without one there, and never within a surrogate pair.
    /// </summary>
    /// <param name="text">One line.</param>
    /// <param name="longest">Characters, at least one.</param>
    public static IEnumerable<string> Pieces(string text, int longest)
    {
        for (var at = 0; at < text.Length;)
        {
            if (text[at] == ' ')
            {
                at++;
                continue;
            }

            var length = After(text.AsSpan(at), longest);
            yield return text.Substring(at, length).TrimEnd();
            at += length;
        }
    }

    private static int After(ReadOnlySpan<char> text, int longest)
    {
        if (text.Length <= longest)
        {
            return text.Length;
        }

        var room = text[..longest];
        var sentence = room.LastIndexOfAny(SentenceEnds);
        while (sentence > 0 && text[sentence + 1] != ' ')
        {
            sentence = room[..sentence].LastIndexOfAny(SentenceEnds); // 3.5 is no end.
        }

        var cut = sentence > 0 ? sentence + 1 : room.LastIndexOf(' ') is var space and > 0 ? space : longest;
        return cut > 1 && char.IsHighSurrogate(text[cut - 1]) ? cut - 1 : cut;
    }

    /// <summary>Whether a text ends as a sentence does, behind whatever quotes and brackets close it.</summary>
    public static bool EndsSentence(ReadOnlySpan<char> text) =>
        text.TrimEnd("\"')]\u2019\u201D ") is [.., var last] && SentenceEnds.Contains(last);
}
