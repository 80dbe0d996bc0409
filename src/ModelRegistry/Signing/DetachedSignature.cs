using System.Text.RegularExpressions;

namespace Emotion.ModelRegistry.Signing;

/// <summary>
/// One line of text: scheme, key, signature. There is exactly one way to write a signature, so that a changed byte is a changed
/// signature.
/// </summary>
/// <example><code>emotion-1 3f0c9a5be1d27788 MEUCIQ…(86 characters)…A==</code></example>
internal sealed partial record DetachedSignature(string KeyId, byte[] Value)
{
    public const string Scheme = "emotion-1";

    /// <summary>r and s of P-256, 32 bytes each.</summary>
    private const int Length = 64;

    [GeneratedRegex("^emotion-1 ([0-9a-f]{16}) ([A-Za-z0-9+/]{86}==)$", RegexOptions.CultureInvariant)]
    private static partial Regex Line();

    public override string ToString() => $"{Scheme} {KeyId} {Convert.ToBase64String(Value)}";

    /// <returns>Null where the text is none.</returns>
    public static DetachedSignature? Parse(string text)
    {
        var line = Line().Match(text);
        if (!line.Success)
        {
            return null;
        }

        var value = new byte[Length];
        // Base64's last digit has bits that mean nothing; only the form with zeros there is one.
        return Convert.TryFromBase64String(line.Groups[2].Value, value, out var length) && length == Length
            && new DetachedSignature(line.Groups[1].Value, value) is var parsed && parsed.ToString() == text
            ? parsed
            : null;
    }
}
