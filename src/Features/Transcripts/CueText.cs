using System.Text;

namespace Emotion.Features.Transcripts;

/// <summary>The words of a subtitle: no tags, no positions, no entities, one space between words.</summary>
internal static class CueText
{
    private static readonly (string Entity, string Text)[] Entities =
        [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&quot;", "\""), ("&lrm;", ""), ("&rlm;", ""), ("&#39;", "'")];

    /// <param name="cue">Such as <c>&lt;i&gt;Kids are talking</c> or <c>{\an8}by the door</c>.</param>
    /// <param name="entities">They are part of WebVTT and not of SubRip.</param>
    public static string Plain(string cue, bool entities)
    {
        var plain = new StringBuilder(cue.Length);
        for (var i = 0; i < cue.Length; i++)
        {
            var rest = cue.AsSpan(i);
            if (MarkupLength(rest) is var markup and > 0)
            {
                i += markup - 1;
            }
            else if (entities && Entity(rest) is { Entity: { } entity, Text: { } text })
            {
                plain.Append(text);
                i += entity.Length - 1;
            }
            else
            {
                plain.Append(cue[i]);
            }
        }

        return OneLine(plain.ToString());
    }

    /// <summary>White space and control characters, as many as there are, become one space.</summary>
    public static string OneLine(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            if (!char.IsWhiteSpace(character) && !char.IsControl(character))
            {
                line.Append(character);
            }
            else if (line.Length > 0 && line[^1] != ' ')
            {
                line.Append(' ');
            }
        }

        return line.ToString().TrimEnd();
    }

    // "<i>", "</font>", "<v Anna>", "<00:01.000>", "{\an8}"; "3 < 4" and "<3" are text.
    private static int MarkupLength(ReadOnlySpan<char> rest)
    {
        var tag = rest.Length > 2 && rest[0] == '<'
            && (char.IsAsciiLetter(rest[1]) || (rest[1] == '/' && char.IsAsciiLetterOrDigit(rest[2])) || (char.IsAsciiDigit(rest[1]) && IsTime(rest)));
        return tag ? rest.IndexOf('>') + 1 : rest.StartsWith("{\\") ? rest.IndexOf('}') + 1 : 0;
    }

    private static bool IsTime(ReadOnlySpan<char> rest) => rest.IndexOf('>') is var end and > 0 && CueTimes.Seconds(rest[1..end]) is not null;

    private static (string Entity, string Text) Entity(ReadOnlySpan<char> rest)
    {
        foreach (var entity in rest[0] == '&' ? Entities : [])
        {
            if (rest.StartsWith(entity.Entity))
            {
                return entity;
            }
        }

        return default;
    }
}
