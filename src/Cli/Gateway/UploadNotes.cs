using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Emotion.Cli.Gateway;

/// <summary>Where the upload of a large clip is noted, so that the same command given again goes on with it.</summary>
internal static class UploadNotes
{
    /// <returns>Of this file as it is now: one that is changed is another. Null where there is no place for it.</returns>
    public static string? Of(FileInfo clip)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        var name = string.Create(CultureInfo.InvariantCulture, $"{clip.FullName}|{clip.Length}|{clip.LastWriteTimeUtc.Ticks}");
        return home.Length == 0 ? null : Path.Combine(home, "emotion", "uploads", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..32]);
    }
}
