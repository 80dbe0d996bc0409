using System.Security.Cryptography;
using System.Text;

namespace Emotion.ModelRegistry.Signing;

/// <summary>
/// Signs and checks what the registry holds. Signed are the scheme's name, the blob's path and its bytes, so that what was signed
/// for one place is worth nothing in another: a canary's channel cannot be played as the stable one.
/// </summary>
internal sealed class RegistryKeys
{
    private readonly Dictionary<string, TrustedKey> _trusted = [];
    private readonly TrustedKey? _own;
    private readonly string? _signingPem;

    /// <exception cref="RegistryKeyException">A configured key cannot be used.</exception>
    public RegistryKeys(ModelRegistryOptions options)
    {
        foreach (var key in options.TrustedKeys.Select(TrustedKey.Parse))
        {
            _trusted[key.Id] = key;
        }

        if (string.IsNullOrEmpty(options.SigningKeyFile))
        {
            return;
        }

        (_signingPem, _own) = ReadSigningKey(options.SigningKeyFile);
        if (_trusted.Count > 0 && !_trusted.ContainsKey(_own.Id))
        {
            throw new RegistryKeyException(
                $"ModelRegistry:SigningKeyFile holds key {_own.Id}, which ModelRegistry:TrustedKeys does not list ({Names}): what it signs would be refused. Add its public key first.");
        }

        _trusted[_own.Id] = _own;
    }

    /// <summary>Whether anything unsigned is refused.</summary>
    public bool Required => _trusted.Count > 0;

    /// <summary>The key that this process signs with; null without one.</summary>
    public string? SigningKeyId => _own?.Id;

    private string Names => string.Join(", ", _trusted.Keys.Order(StringComparer.Ordinal));

    /// <returns>The signature's line; null where no key is configured at all.</returns>
    /// <exception cref="RegistryKeyException">Signatures are required here, and there is no key to sign with.</exception>
    public string? Sign(string path, byte[] content)
    {
        if (!Required)
        {
            return null;
        }

        if (_signingPem is null)
        {
            throw new RegistryKeyException(
                $"'{path}' must be signed, since ModelRegistry:TrustedKeys is set: set ModelRegistry:SigningKeyFile to the PEM file of a private key of one of {Names}.");
        }

        using var key = ECDsa.Create();
        key.ImportFromPem(_signingPem);
        return new DetachedSignature(_own!.Id, key.SignData(Signed(path, content), HashAlgorithmName.SHA256)).ToString();
    }

    /// <returns>The id of the key that signed it; null where no key is configured.</returns>
    /// <exception cref="PackageIntegrityException">Unsigned, signed by somebody else, or altered.</exception>
    public string? Verify(string path, byte[] content, string? signature)
    {
        if (!Required)
        {
            return null;
        }

        if (signature is null)
        {
            throw new PackageIntegrityException($"'{path}' is not signed; here only what one of the keys {Names} signed is used.");
        }

        var parsed = DetachedSignature.Parse(signature)
            ?? throw new PackageIntegrityException($"The signature of '{path}' cannot be read: '{DetachedSignature.Scheme} KEY SIGNATURE' is expected.");
        if (!_trusted.TryGetValue(parsed.KeyId, out var trusted))
        {
            throw new PackageIntegrityException($"'{path}' is signed by key {parsed.KeyId}, which is not trusted here; trusted are {Names}.");
        }

        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(trusted.PublicKey, out _);
        return key.VerifyData(Signed(path, content), parsed.Value, HashAlgorithmName.SHA256)
            ? parsed.KeyId
            : throw new PackageIntegrityException($"'{path}' is not what key {parsed.KeyId} signed: it or its signature was altered, or it was signed for another place.");
    }

    private static byte[] Signed(string path, byte[] content) =>
        [.. Encoding.UTF8.GetBytes($"{DetachedSignature.Scheme} {path}\n"), .. content];

    private static (string Pem, TrustedKey Own) ReadSigningKey(string file)
    {
        using var key = ECDsa.Create();
        string pem;
        try
        {
            pem = File.ReadAllText(file);
            key.ImportFromPem(pem);
            // A public key imports as well as a private one, and fails only when it is to sign.
            key.SignData([], HashAlgorithmName.SHA256);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new RegistryKeyException($"ModelRegistry:SigningKeyFile '{file}' holds no private key that can be used: {unreadable.Message}", unreadable);
        }

        return (pem, TrustedKey.Of(key, "ModelRegistry:SigningKeyFile"));
    }
}
