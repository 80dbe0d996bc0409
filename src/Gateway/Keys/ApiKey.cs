using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Emotion.Gateway.Keys;

/// <summary>
/// A key as its holder has it: <c>emo_ID_SECRET</c>, an id of 16 hexadecimal digits that names it everywhere, and a secret of 64 that is
/// kept nowhere. 256 random bits cannot be guessed, so a plain hash of them is enough, and anybody can make it: <c>printf %s "$KEY" | sha256sum</c>.
/// </summary>
public sealed partial class ApiKey
{
    private const int IdBytes = 8, SecretBytes = 32;

    private ApiKey(string id, string text) => (Id, Text) = (id, text);

    /// <summary>Of the form of a key; whether it is one, the database tells.</summary>
    public string Id { get; }

    /// <summary>All of it, secret.</summary>
    public string Text { get; }

    /// <summary>SHA-256 of <see cref="Text"/> in hexadecimal digits.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Text)));

    public static ApiKey Create() => CreateFor(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes)));

    /// <summary>Another secret for a key that is there.</summary>
    public static ApiKey CreateFor(string id) => new(id, $"emo_{id}_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes))}");

    public static bool TryParse(string text, [NotNullWhen(true)] out ApiKey? key)
    {
        key = Form().Match(text) is { Success: true } match ? new ApiKey(match.Groups[1].Value, text) : null;
        return key is not null;
    }

    /// <summary>In a time that does not tell how much of them is alike.</summary>
    public bool Has(string? hash) =>
        hash is not null && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hash), Encoding.ASCII.GetBytes(hash));

    /// <summary>Fit for a log.</summary>
    public override string ToString() => Id;

    [GeneratedRegex(@"\Aemo_([0-9a-f]{16})_[0-9a-f]{64}\z")]
    private static partial Regex Form();
}
