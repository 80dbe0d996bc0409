using System.Globalization;
using System.Text;

namespace Emotion.Inference.Text;

/// <summary>
/// Tokens to text. A vocabulary has a token a line, in order of their numbers, in UTF-8: <c>▁</c> (U+2581) stands for a space, <c>&lt;0x0A&gt;</c>
/// for one byte of UTF-8, so that any character can be spelled; <c>&lt;s&gt;</c> and the like say nothing.
/// </summary>
public sealed class SubwordVocabulary
{
    public const string FileName = "vocabulary.txt";

    private const string Space = "\u2581";

    private readonly byte[][] _tokens;

    private SubwordVocabulary(byte[][] tokens) => _tokens = tokens;

    public int Count => _tokens.Length;

    /// <exception cref="ArgumentException">It has no tokens for bytes, so not every text can be spelled.</exception>
    public static SubwordVocabulary Parse(ReadOnlySpan<byte> utf8)
    {
        var lines = Encoding.UTF8.GetString(utf8).Split('\n');
        var bytes = lines.Count(line => ByteOf(line) is not null);
        return bytes == 256
            ? new SubwordVocabulary([.. lines.Select(BytesOf)])
            : throw new ArgumentException($"The vocabulary spells {bytes} of the 256 bytes; it must be a token a line, with a token for each byte.");
    }

    /// <summary>
    /// The text of tokens, without spaces around it. A token that the vocabulary does not have says nothing; bytes that are no UTF-8 become U+FFFD.
    /// </summary>
    public string Decode(ReadOnlySpan<int> tokens)
    {
        var length = 0;
        foreach (var token in tokens)
        {
            length += Of(token).Length;
        }

        Span<byte> utf8 = length <= 1024 ? stackalloc byte[length] : new byte[length];
        var written = 0;
        foreach (var token in tokens)
        {
            var bytes = Of(token);
            bytes.CopyTo(utf8[written..]);
            written += bytes.Length;
        }

        return Encoding.UTF8.GetString(utf8.Trim((byte)' '));
    }

    private ReadOnlySpan<byte> Of(int token) => (uint)token < (uint)_tokens.Length ? _tokens[token] : [];

    private static byte[] BytesOf(string token) =>
        ByteOf(token) is { } value ? [value]
        : token is "<unk>" or "<s>" or "</s>" ? []
        : Encoding.UTF8.GetBytes(token.Replace(Space, " ", StringComparison.Ordinal));

    private static byte? ByteOf(string token) =>
        token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
        && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;
}
