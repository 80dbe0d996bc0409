using System.Text;

namespace Emotion.Features.Transcripts;

/// <summary>A text, line by line, whatever ends its lines: LF, CR LF or CR.</summary>
internal sealed class TranscriptLines
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string _text;
    private int _at;

    /// <exception cref="TranscriptException">Too long, or no UTF-8.</exception>
    public TranscriptLines(ReadOnlySpan<byte> utf8, TranscriptLimits limits)
    {
        if (utf8.Length > limits.Bytes)
        {
            throw new TranscriptException($"The transcript has {utf8.Length} bytes; it may have {limits.Bytes}.");
        }

        utf8 = utf8.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8;
        try
        {
            _text = Strict.GetString(utf8);
        }
        catch (DecoderFallbackException)
        {
            throw new TranscriptException("The transcript is not UTF-8: save it in that encoding.");
        }

        if (_text.Contains('\0', StringComparison.Ordinal))
        {
            throw new TranscriptException("The transcript holds zero bytes: it is no text, or text in UTF-16; save it as UTF-8.");
        }

        Next();
    }

    /// <summary>Of the current line, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>Null behind the last line.</summary>
    public string? Current { get; private set; }

    public bool AtBlank => Current is not null && string.IsNullOrWhiteSpace(Current);

    /// <summary>The line after the current one.</summary>
    public string? Following()
    {
        var (at, number, current) = (_at, Number, Current);
        Next();
        var following = Current;
        (_at, Number, Current) = (at, number, current);
        return following;
    }

    public void Next()
    {
        Number++;
        if (_at > _text.Length)
        {
            Current = null;
            return;
        }

        var rest = _text.AsSpan(_at);
        var length = rest.IndexOfAny('\r', '\n');
        if (length < 0)
        {
            Current = rest.Length == 0 ? null : rest.ToString();
            _at = _text.Length + 1;
            return;
        }

        Current = rest[..length].ToString();
        _at += length + (rest[length..].StartsWith("\r\n") ? 2 : 1);
    }

    /// <summary>Goes on to the first line that says something.</summary>
    public void SkipBlanks()
    {
        while (AtBlank)
        {
            Next();
        }
    }

    /// <summary>Goes on to the end of the block: a blank line, or the end.</summary>
    public void SkipBlock()
    {
        while (Current is not null && !AtBlank)
        {
            Next();
        }
    }
}
