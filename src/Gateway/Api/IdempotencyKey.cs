using System.Security.Cryptography;
using System.Text;
using Emotion.Gateway.Analyses;
using Emotion.Gateway.Jobs;

namespace Emotion.Gateway.Api;

/// <summary>The header <c>Idempotency-Key</c>: a request that is sent again with the same key is the same request, and is answered with the same analysis.</summary>
internal static class IdempotencyKey
{
    public const string Header = "Idempotency-Key";

    /// <summary>True in an answer that tells of an analysis that was there already.</summary>
    public const string ReplayedHeader = "Idempotency-Replayed";

    public const int LongestKey = 255;

    public static Refusal Reused { get; } = new(
        StatusCodes.Status422UnprocessableEntity,
        "idempotency-key-reused",
        $"The {Header} came before with another clip or other options. Take a new key for a new request.");

    /// <returns>Null where none was sent.</returns>
    /// <exception cref="RefusedException">It is no key.</exception>
    public static string? Of(HttpRequest request)
    {
        var values = request.Headers[Header];
        if (values.Count == 0)
        {
            return null;
        }

        return values is [{ Length: > 0 and <= LongestKey } key] && key.All(letter => letter is > ' ' and <= '~')
            ? key
            : throw new RefusedException(new Refusal(
                StatusCodes.Status400BadRequest,
                "bad-idempotency-key",
                $"The {Header} must be sent once and be of 1 to {LongestKey} visible ASCII characters, such as a UUID."));
    }
}

/// <summary>What a request asks for, in short: its clip, its words and its options. How it is wrapped (a form or the bare clip) is no matter.</summary>
public sealed class RequestDigest : IDisposable
{
    private readonly IncrementalHash _clip = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void AppendClip(ReadOnlySpan<byte> bytes) => _clip.AppendData(bytes);

    public string OfClip() => Convert.ToHexStringLower(_clip.GetHashAndReset());

    public string Complete(UploadFields fields, TextRequest text, AnswerOptions options) => Convert.ToHexStringLower(SHA256.HashData(
        [
            .. _clip.GetHashAndReset(),
            .. Encoding.UTF8.GetBytes(JobJson.Write(new { fields.Release, text })),
            // What says nothing of these is digested as it was before there were any.
            .. Encoding.UTF8.GetBytes(fields.Callback is null && options == AnswerOptions.All ? "" : JobJson.Write(new { fields.Callback, options })),
        ]));

    public void Dispose() => _clip.Dispose();
}
