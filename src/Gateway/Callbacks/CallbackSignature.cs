using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Emotion.Gateway.Callbacks;

/// <summary>
/// Signs as Standard Webhooks says (github.com/standard-webhooks/standard-webhooks), so that its libraries check it:
/// <c>webhook-signature: v1,BASE64</c> is the HMAC-SHA256 over <c>webhook-id.webhook-timestamp.body</c>.
/// </summary>
internal static class CallbackSignature
{
    public const string IdHeader = "webhook-id", TimeHeader = "webhook-timestamp", SignatureHeader = "webhook-signature";

    private const string Prefix = "whsec_";
    private const int ShortestKey = 24, LongestKey = 64;

    /// <returns>Null where it is no secret.</returns>
    public static byte[]? KeyOf(string secret)
    {
        var key = new byte[LongestKey + 1];
        return secret.StartsWith(Prefix, StringComparison.Ordinal)
            && Convert.TryFromBase64String(secret[Prefix.Length..], key, out var bytes) && bytes is >= ShortestKey and <= LongestKey
            ? key[..bytes]
            : null;
    }

    /// <returns>One signature for each key, with a space between them.</returns>
    public static string Of(IEnumerable<byte[]> keys, string id, DateTimeOffset time, ReadOnlySpan<byte> body)
    {
        byte[] signed = [.. Encoding.ASCII.GetBytes($"{id}.{Seconds(time)}."), .. body];
        return string.Join(' ', keys.Select(key => "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed))));
    }

    /// <summary>Of Unix time.</summary>
    public static string Seconds(DateTimeOffset time) => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}
