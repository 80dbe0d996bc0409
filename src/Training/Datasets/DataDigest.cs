using System.Security.Cryptography;
using System.Text;

namespace Emotion.Training.Datasets;

/// <summary>What a training saw, as one number: SHA-256 over the sorted lines <c>name SP sha256 LF</c> of its files.</summary>
public static class DataDigest
{
    public static string Of(IEnumerable<(string Name, string Sha256)> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, sha256) in files.OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} {sha256}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public static string Of(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
