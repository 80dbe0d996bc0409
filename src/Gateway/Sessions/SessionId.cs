using System.Security.Cryptography;
using System.Text;

namespace Emotion.Gateway.Sessions;

/// <summary>What the cookie has: 256 random bits in hexadecimal digits.</summary>
public sealed class SessionId
{
    public const string Cookie = "emotion-session";

    private const int Bytes = 32;

    private SessionId(string text) => Text = text;

    public string Text { get; }

    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Text)));

    /// <summary>What a request that changes something has to bring besides the cookie, which a browser sends on anybody's behalf. Made from the id, so that it needs no place.</summary>
    public string CsrfToken => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.ASCII.GetBytes(Text), "csrf"u8));

    public static SessionId Create() => new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes)));

    /// <returns>Null where the request has none.</returns>
    public static SessionId? Of(HttpRequest request) =>
        request.Cookies[Cookie] is { Length: Bytes * 2 } text && text.All(char.IsAsciiHexDigitLower) ? new SessionId(text) : null;

    /// <summary>In a time that does not tell how much of it is alike.</summary>
    public bool HasToken(string token) => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(CsrfToken), Encoding.ASCII.GetBytes(token));

    /// <summary>Fit for a log.</summary>
    public override string ToString() => "session";
}
