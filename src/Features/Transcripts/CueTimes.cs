namespace Emotion.Features.Transcripts;

/// <summary>The line that says when a cue is shown: <c>00:00:01,500 --&gt; 00:00:04,000</c>, <c>00:01.500 --&gt; 00:04.000 align:start</c>.</summary>
internal static class CueTimes
{
    public const string Arrow = "-->";

    private const double SecondsOfAnHour = 3600, SecondsOfAMinute = 60;

    /// <exception cref="TranscriptException">No such line, or it ends before it starts.</exception>
    public static (double Start, double End) Parse(TranscriptLines lines)
    {
        var line = lines.Current.AsSpan();
        var arrow = line.IndexOf(Arrow);
        if (arrow < 0)
        {
            throw new TranscriptException(lines.Number, "here the times of a cue must stand, such as 00:00:01.500 --> 00:00:04.000.");
        }

        var end = line[(arrow + Arrow.Length)..].Trim();
        var settings = end.IndexOfAny(' ', '\t');
        if (Seconds(line[..arrow].Trim()) is not { } from || Seconds(settings < 0 ? end : end[..settings]) is not { } to)
        {
            throw new TranscriptException(lines.Number, "a time is hours:minutes:seconds and milliseconds, such as 00:00:01.500; hours may be left out.");
        }

        return to >= from ? (from, to) : throw new TranscriptException(lines.Number, "the cue ends before it starts.");
    }

    /// <summary><c>[hours:]minutes:seconds(.|,)milliseconds</c>, else null.</summary>
    public static double? Seconds(ReadOnlySpan<char> time)
    {
        var point = time.LastIndexOfAny('.', ',');
        if (point < 0 || time.Length - point != 4 || Number(time[(point + 1)..]) is not { } milliseconds)
        {
            return null;
        }

        Span<Range> parts = stackalloc Range[4];
        var clock = time[..point];
        var count = clock.Split(parts, ':');
        if (count is not (2 or 3))
        {
            return null;
        }

        var (hours, minutes, seconds) = (count == 3 ? Number(clock[parts[0]]) : 0, Number(clock[parts[count - 2]]), Number(clock[parts[count - 1]]));
        return minutes < 60 && seconds < 60 ? hours * SecondsOfAnHour + minutes * SecondsOfAMinute + seconds + milliseconds / 1000.0 : null;
    }

    // At most four digits: more hours than that are no clip.
    private static int? Number(ReadOnlySpan<char> digits)
    {
        if (digits.Length is 0 or > 4)
        {
            return null;
        }

        var number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit(digit))
            {
                return null;
            }

            number = 10 * number + digit - '0';
        }

        return number;
    }
}
