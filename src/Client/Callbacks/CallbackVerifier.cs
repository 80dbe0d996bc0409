using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Emotion.Client;

/// <summary>
/// For who receives callbacks: whether one is from the gateway, and what it says. Headers and signature are those of Standard Webhooks
/// (github.com/standard-webhooks/standard-webhooks): HMAC-SHA256 over <c>webhook-id.webhook-timestamp.body</c>.
/// </summary>
/// <example><code>
/// app.MapPost("/told", async (HttpRequest request) =>
/// {
///     using var body = new MemoryStream();
///     await request.Body.CopyToAsync(body);
///     var told = verifier.Verify(name => request.Headers[name], body.ToArray());
///     // Take each told.DeliveryId once, then answer 2xx.
/// });
/// </code></example>
public sealed class CallbackVerifier
{
    private const string Prefix = "whsec_", Version = "v1,";

    private readonly List<byte[]> _keys;

    /// <param name="secrets">The gateway's <c>Gateway:Callbacks:Secret</c>, <c>whsec_...</c>; while it is changed, the one before, too.</param>
    /// <exception cref="ArgumentException">There is none, or one is no secret.</exception>
    public CallbackVerifier(params IReadOnlyCollection<string> secrets)
    {
        _keys = [.. secrets.Select(KeyOf)];
        if (_keys.Count == 0)
        {
            throw new ArgumentException("At least one secret is needed to check signatures by.", nameof(secrets));
        }
    }

    /// <summary>A callback whose time stamp is further from now is refused: somebody may have kept it, to send it again.</summary>
    public TimeSpan Tolerance { get; init; } = TimeSpan.FromMinutes(5);

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>What a callback says, if it is the gateway's own.</summary>
    /// <param name="header">Gives the value of a header of the request, null where it has none.</param>
    /// <param name="body">Of the request, byte for byte.</param>
    /// <exception cref="CallbackRefusedException">It is not, or it is too old: answer 401, and do nothing of what it says.</exception>
    public Callback Verify(Func<string, string?> header, ReadOnlySpan<byte> body)
    {
        var (id, stamp, signatures) = (Require(header, "webhook-id"), Require(header, "webhook-timestamp"), Require(header, "webhook-signature"));
        if (!long.TryParse(stamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
        {
            throw new CallbackRefusedException("The header webhook-timestamp is no time.");
        }

        if ((Clock.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() > Tolerance)
        {
            throw new CallbackRefusedException($"The callback is not of the last {Tolerance}. Is the clock of this machine right?");
        }

        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{stamp}."), .. body];
        if (!IsSigned(signatures, signed))
        {
            throw new CallbackRefusedException("No signature of the callback is by this secret.");
        }

        return Read(id, body);
    }

    private bool IsSigned(string signatures, byte[] signed)
    {
        var found = false;
        Span<byte> told = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Span<byte> own = stackalloc byte[HMACSHA256.HashSizeInBytes];
        foreach (var signature in signatures.Split(' '))
        {
            if (!signature.StartsWith(Version, StringComparison.Ordinal) || !Convert.TryFromBase64String(signature[Version.Length..], told, out var bytes) || bytes != told.Length)
            {
                continue; // Of another version, which is not ours to check.
            }

            foreach (var key in _keys)
            {
                HMACSHA256.HashData(key, signed, own);
                found |= CryptographicOperations.FixedTimeEquals(own, told);
            }
        }

        return found;
    }

    private static Callback Read(string id, ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize<Message>(body, EmotionClient.Json) is { Data: { } data } message
                ? data with { DeliveryId = id, At = message.Timestamp }
                : throw new CallbackRefusedException("The callback cannot be read: it has no data.");
        }
        catch (JsonException unreadable)
        {
            throw new CallbackRefusedException($"The callback cannot be read; is it from a gateway of the same version? {unreadable.Message}");
        }
    }

    private static string Require(Func<string, string?> header, string name) =>
        header(name) is { Length: > 0 } value ? value : throw new CallbackRefusedException($"The header {name} is missing.");

    private static byte[] KeyOf(string secret)
    {
        try
        {
            return secret.StartsWith(Prefix, StringComparison.Ordinal) ? Convert.FromBase64String(secret[Prefix.Length..])
                : throw new ArgumentException($"A secret begins with {Prefix}.", nameof(secret));
        }
        catch (FormatException)
        {
            throw new ArgumentException($"A secret is {Prefix} and Base64.", nameof(secret));
        }
    }

    private sealed record Message(DateTimeOffset Timestamp, Callback? Data);
}
