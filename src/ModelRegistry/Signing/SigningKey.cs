using System.Security.Cryptography;

namespace Emotion.ModelRegistry.Signing;

/// <summary>A fresh ECDSA P-256 key pair, as the PEM text that options take.</summary>
/// <param name="Id">See <see cref="TrustedKey.IdOf"/>.</param>
/// <param name="PrivatePem">PKCS#8; whoever has it can publish.</param>
/// <param name="PublicPem">SubjectPublicKeyInfo; for everybody.</param>
public sealed record SigningKey(string Id, string PrivatePem, string PublicPem)
{
    public static SigningKey Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new SigningKey(TrustedKey.IdOf(key.ExportSubjectPublicKeyInfo()), key.ExportPkcs8PrivateKeyPem(), key.ExportSubjectPublicKeyInfoPem());
    }
}
