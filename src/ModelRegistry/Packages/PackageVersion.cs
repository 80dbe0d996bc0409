using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Emotion.ModelRegistry.Packages;

/// <summary>
/// Version names: <c>yyyyMMdd-HHmm-xxxxxxxx</c>, UTC, then the first eight hex digits of SHA-256 over the sorted lines
/// <c>path SP sha256 LF</c> of every file but the manifest. Sorting by name sorts by time; equal content has an equal end.
/// </summary>
public static partial class PackageVersion
{
    [System.Text.RegularExpressions.GeneratedRegex(@"^\d{8}-\d{4}-[0-9a-f]{8}$", System.Text.RegularExpressions.RegexOptions.CultureInvariant)]
    private static partial System.Text.RegularExpressions.Regex Pattern();

    public static bool IsValid(string? version) => version is not null && Pattern().IsMatch(version);

    public static string Compute(DateTimeOffset createdAt, IReadOnlyDictionary<string, string> files) =>
        createdAt.UtcDateTime.ToString("yyyyMMdd-HHmm", CultureInfo.InvariantCulture) + "-" + ContentDigest(files)[..8];

    /// <summary>True when the version's end is that of the files.</summary>
    public static bool Matches(string version, IReadOnlyDictionary<string, string> files) =>
        IsValid(version) && version.EndsWith(ContentDigest(files)[..8], StringComparison.Ordinal);

    private static string ContentDigest(IReadOnlyDictionary<string, string> files)
    {
        var lines = new StringBuilder();
        foreach (var (path, sha256) in files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            lines.Append(path).Append(' ').Append(sha256).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString())));
    }
}
