using System.Text;

namespace Emotion.Training.Datasets;

/// <summary>A row of <c>labels.csv</c>.</summary>
/// <param name="Row">Line that it begins at, from 1.</param>
public sealed record LabelRow(int Row, string Clip, string Emotion, string Subject);

/// <summary>
/// <c>labels.csv</c>: comma-separated values as RFC 4180 has them, UTF-8 with or without a byte order mark, lines ended by CR LF or LF, blank
/// lines left out.
/// </summary>
/// <example><code>
/// clip,emotion,subject
/// anna/001.wav,happy,Anna
/// "anna/002, again.wav",joy,Anna
/// </code></example>
public sealed class LabelTable
{
    public const string FileName = "labels.csv";
    public const string Clip = "clip", Emotion = "emotion", Subject = "subject";
    private static readonly string[] Columns = [Clip, Emotion, Subject];
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private readonly string _text;
    private readonly CorpusFaults _faults;
    private int _at;
    private int _line = 1;

    private LabelTable(string text, CorpusFaults faults) => (_text, _faults) = (text, faults);

    /// <returns>The rows behind the heading, less those that are no rows.</returns>
    public static IReadOnlyList<LabelRow> Read(ReadOnlySpan<byte> bytes, CorpusFaults faults)
    {
        try
        {
            var text = Strict.GetString(bytes);
            return new LabelTable(text.StartsWith('\uFEFF') ? text[1..] : text, faults).Rows();
        }
        catch (DecoderFallbackException)
        {
            faults.Add(0, "", $"{FileName} is not UTF-8: save it as 'CSV UTF-8', separated by commas");
            return [];
        }
    }

    private List<LabelRow> Rows()
    {
        var (rows, headed) = (new List<LabelRow>(), false);
        while (_at < _text.Length)
        {
            var (row, fields) = (_line, Record());
            if (fields is null or [""])
            {
                continue; // A fault that is told already, or a blank line.
            }

            if (!headed)
            {
                headed = true;
                if (!fields.Select(field => field.Trim().ToLowerInvariant()).SequenceEqual(Columns))
                {
                    _faults.Add(row, "", $"the first row must be 'clip,emotion,subject', not '{string.Join(',', fields)}'");
                    return [];
                }
            }
            else if (fields.Count != Columns.Length)
            {
                _faults.Add(row, "", $"{fields.Count} fields where there must be 3 (clip,emotion,subject); a field with a comma in it needs quotes around it");
            }
            else
            {
                rows.Add(new LabelRow(row, fields[0].Trim(), fields[1].Trim(), fields[2].Trim()));
            }
        }

        if (!headed)
        {
            _faults.Add(1, "", $"{FileName} is empty: its first row must be 'clip,emotion,subject'");
        }

        return rows;
    }

    // Null where the record is none; then the rest of its line is skipped.
    private List<string>? Record()
    {
        var (row, fields) = (_line, new List<string>());
        while (true)
        {
            var (field, fault) = _at < _text.Length && _text[_at] == '"' ? Quoted() : Bare();
            if (fault is not null)
            {
                _faults.Add(row, fields.Count < Columns.Length ? Columns[fields.Count] : "", fault);
                SkipLine();
                return null;
            }

            fields.Add(field);
            if (_at >= _text.Length || EndOfLine())
            {
                return fields;
            }

            _at++; // The comma.
        }
    }

    private (string Field, string? Fault) Bare()
    {
        var start = _at;
        while (_at < _text.Length && _text[_at] is not (',' or '\n' or '\r'))
        {
            if (_text[_at] == '"')
            {
                return ("", "a quote within a field that does not begin with one: put quotes around the field and double the one in it");
            }

            _at++;
        }

        return (_text[start.._at], null);
    }

    private (string Field, string? Fault) Quoted()
    {
        var field = new StringBuilder();
        for (_at++; _at < _text.Length; _at++)
        {
            if (_text[_at] != '"')
            {
                _line += _text[_at] == '\n' ? 1 : 0;
                field.Append(_text[_at]);
            }
            else if (_at + 1 < _text.Length && _text[_at + 1] == '"')
            {
                field.Append('"');
                _at++;
            }
            else
            {
                _at++;
                return _at == _text.Length || _text[_at] is ',' or '\n' or '\r'
                    ? (field.ToString(), null)
                    : ("", "something follows the closing quote: put a comma behind it, or double it");
            }
        }

        return ("", "the quote that it begins with is never closed");
    }

    private bool EndOfLine()
    {
        var ending = _text[_at] switch
        {
            '\n' => 1,
            '\r' when _at + 1 < _text.Length && _text[_at + 1] == '\n' => 2,
            '\r' => 1,
            _ => 0,
        };
        _at += ending;
        _line += ending > 0 ? 1 : 0;
        return ending > 0;
    }

    private void SkipLine()
    {
        while (_at < _text.Length && !EndOfLine())
        {
            _at++;
        }
    }
}
