namespace Emotion.Features.Transcripts;

/// <summary>How a transcript that somebody brings along is written.</summary>
public enum TranscriptFormat
{
    /// <summary>A sentence or paragraph a line, without times.</summary>
    PlainText,

    /// <summary>SubRip, <c>.srt</c>.</summary>
    SubRip,

    /// <summary>WebVTT, <c>.vtt</c>: https://www.w3.org/TR/webvtt1.</summary>
    WebVtt,
}

/// <summary>Words that belong together, and when they are said; plain text does not know when.</summary>
/// <param name="StartSeconds">From the beginning of the clip.</param>
/// <param name="EndSeconds">Not before the start.</param>
/// <param name="Text">One line, without markup, never empty.</param>
public sealed record TranscriptSegment(double? StartSeconds, double? EndSeconds, string Text)
{
    /// <summary>Without the words: they are private, and whatever prints this must not print them.</summary>
    public override string ToString() => StartSeconds is { } start && EndSeconds is { } end
        ? FormattableString.Invariant($"{start:0.00} s to {end:0.00} s, {Text.Length} characters")
        : FormattableString.Invariant($"{Text.Length} characters");
}

/// <summary>A transcript as it was read; segments with times are in order of their start.</summary>
public sealed record Transcript(TranscriptFormat Format, IReadOnlyList<TranscriptSegment> Segments);

/// <summary>What a transcript may cost; all of it comes from outside.</summary>
/// <param name="Bytes">Of the whole file.</param>
/// <param name="Segments">In it, those without text included.</param>
/// <param name="Characters">Of one segment, markup included; a longer line of plain text is several segments.</param>
public sealed record TranscriptLimits(int Bytes, int Segments, int Characters);

/// <summary>A transcript that cannot be read; says in which line and why, and quotes nothing of it.</summary>
public sealed class TranscriptException : Exception
{
    public TranscriptException(string message)
        : base(message)
    {
    }

    /// <param name="line">Counted from 1.</param>
    public TranscriptException(int line, string message)
        : base(FormattableString.Invariant($"Line {line} of the transcript: {message}"))
    {
    }
}
