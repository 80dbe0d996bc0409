using System.Security.Cryptography;

namespace Emotion.ModelRegistry.Signing;

/// <summary>A public key and the name that it gives itself, so that no list can call a key by another's name.</summary>
internal sealed record TrustedKey(string Id, byte[] PublicKey)
{
    /// <summary>The first 16 hex digits of SHA-256 over the key's SubjectPublicKeyInfo.</summary>
    public static string IdOf(ReadOnlySpan<byte> publicKey) => Convert.ToHexStringLower(SHA256.HashData(publicKey))[..16];

    /// <param name="configured">PEM text, its base64 alone, or the path of a PEM file.</param>
    /// <exception cref="RegistryKeyException">It is none of them, or no P-256 key.</exception>
    public static TrustedKey Parse(string configured)
    {
        using var key = ECDsa.Create();
        try
        {
            var text = configured.Trim();
            if (text.Length < 4096 && !text.Contains('\n') && File.Exists(text))
            {
                text = File.ReadAllText(text).Trim();
            }

            if (text.StartsWith("-----", StringComparison.Ordinal))
            {
                key.ImportFromPem(text);
            }
            else
            {
                key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(text), out _);
            }
        }
        catch (Exception unreadable) when (unreadable is CryptographicException or FormatException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new RegistryKeyException(
                $"ModelRegistry:TrustedKeys has '{Shortened(configured)}': neither the PEM of a public key, nor its base64, nor a file with one.", unreadable);
        }

        return Of(key, "ModelRegistry:TrustedKeys");
    }

    public static TrustedKey Of(ECDsa key, string option)
    {
        // The curve is part of what is promised: a shorter one would verify just as well.
        var curve = key.ExportParameters(includePrivateParameters: false).Curve.Oid;
        if (curve.Value != ECCurve.NamedCurves.nistP256.Oid.Value && curve.FriendlyName is not ("nistP256" or "ECDSA_P256"))
        {
            throw new RegistryKeyException($"{option} has a key on the curve {curve.FriendlyName ?? curve.Value}: ECDSA P-256 is needed.");
        }

        var publicKey = key.ExportSubjectPublicKeyInfo();
        return new TrustedKey(IdOf(publicKey), publicKey);
    }

    private static string Shortened(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
