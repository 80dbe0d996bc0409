using System.Text;

namespace Emotion.Features.Transcripts;

/// <summary>Reads a transcript that came with a clip, within limits: it is somebody else's text.</summary>
public static class TranscriptParser
{
    private const string WebVttHeader = "WEBVTT";

    /// <param name="utf8">The whole file, with or without a byte order mark.</param>
    /// <param name="format">As it was declared; null to tell it from the first lines.</param>
    /// <param name="limits">One of them passed, and the transcript is refused.</param>
    /// <exception cref="TranscriptException">Not UTF-8, not the format, beyond a limit, or without any text.</exception>
    public static Transcript Parse(ReadOnlySpan<byte> utf8, TranscriptFormat? format, TranscriptLimits limits)
    {
        var lines = new TranscriptLines(utf8, limits);
        lines.SkipBlanks();
        var actual = format ?? Sniff(new TranscriptLines(utf8, limits));
        var segments = new List<TranscriptSegment>();
        var read = actual switch
        {
            TranscriptFormat.PlainText => PlainText(lines, limits),
            TranscriptFormat.SubRip => Cues(lines, limits, webVtt: false),
            TranscriptFormat.WebVtt => Cues(AfterHeader(lines), limits, webVtt: true),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "This is no format of transcripts."),
        };
        var count = 0;
        foreach (var segment in read)
        {
            if (++count > limits.Segments)
            {
                throw new TranscriptException(lines.Number, $"a transcript may have {limits.Segments} segments; here another one begins.");
            }

            if (segment.Text.Length > 0)
            {
                segments.Add(segment);
            }
        }

        return segments.Count == 0
            ? throw new TranscriptException("The transcript says nothing.")
            : new Transcript(actual, [.. segments.OrderBy(segment => segment.StartSeconds)]);
    }

    private static TranscriptFormat Sniff(TranscriptLines lines)
    {
        lines.SkipBlanks();
        if (IsHeader(lines.Current))
        {
            return TranscriptFormat.WebVtt;
        }

        var numbered = int.TryParse(lines.Current, out _);
        lines.Next();
        return numbered && HasArrow(lines.Current) ? TranscriptFormat.SubRip : TranscriptFormat.PlainText;
    }

    private static bool IsHeader(string? line) =>
        line is not null && line.StartsWith(WebVttHeader, StringComparison.Ordinal) && (line.Length == WebVttHeader.Length || line[WebVttHeader.Length] is ' ' or '\t');

    private static TranscriptLines AfterHeader(TranscriptLines lines)
    {
        if (!IsHeader(lines.Current))
        {
            throw new TranscriptException(lines.Number, $"a WebVTT file begins with {WebVttHeader}.");
        }

        lines.SkipBlock();
        return lines;
    }

    private static IEnumerable<TranscriptSegment> PlainText(TranscriptLines lines, TranscriptLimits limits)
    {
        for (; lines.Current is { } line; lines.Next())
        {
            foreach (var piece in TextCut.Pieces(CueText.OneLine(line), limits.Characters))
            {
                yield return new TranscriptSegment(null, null, piece);
            }
        }
    }

    // A cue is: an identifier (in SubRip a number) that may be missing, times, lines of text; a blank line ends it. Files in the wild have blank
    // lines within the text: a block without times goes on with the cue before it.
    private static IEnumerable<TranscriptSegment> Cues(TranscriptLines lines, TranscriptLimits limits, bool webVtt)
    {
        for (lines.SkipBlanks(); lines.Current is { } first; lines.SkipBlanks())
        {
            if (webVtt && IsComment(first))
            {
                lines.SkipBlock();
                continue;
            }

            if (!HasArrow(first))
            {
                lines.Next();
            }

            var (start, end) = CueTimes.Parse(lines);
            lines.Next();
            var text = Block("", lines, limits);
            for (lines.SkipBlanks(); lines.Current is { } next && !(webVtt && IsComment(next)) && !BeginsCue(lines); lines.SkipBlanks())
            {
                text = Block(text, lines, limits);
            }

            yield return new TranscriptSegment(start, end, CueText.Plain(text, entities: webVtt));
        }
    }

    private static bool BeginsCue(TranscriptLines lines) => HasArrow(lines.Current) || HasArrow(lines.Following());

    private static bool HasArrow(string? line) => line?.Contains(CueTimes.Arrow, StringComparison.Ordinal) == true;

    private static bool IsComment(string line) =>
        line is "STYLE" or "REGION" or "NOTE" || line.StartsWith("NOTE ", StringComparison.Ordinal) || line.StartsWith("NOTE\t", StringComparison.Ordinal);

    // What the cue has already, and the lines up to the next blank one.
    private static string Block(string before, TranscriptLines lines, TranscriptLimits limits)
    {
        var block = new StringBuilder(before);
        for (; lines.Current is { } line && !lines.AtBlank; lines.Next())
        {
            if (HasArrow(line))
            {
                throw new TranscriptException(lines.Number, "times in the middle of a cue; a blank line must stand between cues.");
            }

            block.Append(line).Append('\n');
            RequireLength(block.Length, lines, limits);
        }

        return block.ToString();
    }

    private static void RequireLength(int length, TranscriptLines lines, TranscriptLimits limits)
    {
        if (length > limits.Characters)
        {
            throw new TranscriptException(lines.Number, $"a segment may have {limits.Characters} characters; this one has more.");
        }
    }
}
