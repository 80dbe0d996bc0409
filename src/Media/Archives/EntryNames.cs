using System.Buffers.Binary;

namespace Emotion.Media.Archives;

/// <summary>Which names and contents of an archive are taken.</summary>
internal static class EntryNames
{
    private const int LongestName = 200;
    private static readonly string[] Devices = ["con", "prn", "aux", "nul", "conin$", "conout$"];

    private static readonly string[] ArchiveEndings =
        [".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz", ".xz", ".txz", ".zst", ".lz4", ".7z", ".rar", ".jar", ".cab", ".iso"];

    /// <summary>What file managers put beside what was chosen: nobody's clips.</summary>
    public static bool IsLitter(string entry) =>
        entry.StartsWith("__MACOSX/", StringComparison.Ordinal) || Last(entry) is ".DS_Store" or "Thumbs.db" or "desktop.ini";

    /// <summary>The name without its folders, whichever way they are separated.</summary>
    public static string Last(string entry) => entry[(entry.LastIndexOfAny(['/', '\\']) + 1)..];

    /// <summary>What is wrong with a name without folders; null if nothing is.</summary>
    public static string? Fault(string name) => name switch
    {
        "" or "." or ".." => "is no name of a file",
        { Length: > LongestName } => $"is longer than {LongestName} characters",
        _ when name.Any(character => char.IsControl(character) || character is ':' or '*' or '?' or '"' or '<' or '>' or '|') => "has a character that file systems do not take",
        _ when name[^1] is '.' or ' ' || name[0] == ' ' => "begins or ends with a space or a dot",
        _ when IsDevice(name) => "is the name of a device",
        _ => null,
    };

    public static bool IsArchive(string name) => ArchiveEndings.Contains(Path.GetExtension(name).ToLowerInvariant());

    /// <summary>By the first bytes, whatever the name: zip, gzip, bzip2, xz, zstd, 7-Zip, RAR, tar.</summary>
    public static bool IsArchive(ReadOnlySpan<byte> start) =>
        start.StartsWith("PK\x03\x04"u8) || start.StartsWith("PK\x05\x06"u8) || start.StartsWith("BZh"u8) || Begins(start, 0x377ABCAF, 4)
        || start.StartsWith("Rar!\x1A"u8) || Begins(start, 0x1F8B, 2) || Begins(start, 0xFD377A58, 4) || Begins(start, 0x28B52FFD, 4)
        || (start.Length >= 262 && start[257..262].SequenceEqual("ustar"u8));

    private static bool Begins(ReadOnlySpan<byte> start, uint magic, int bytes) => start.Length >= 4
        && BinaryPrimitives.ReadUInt32BigEndian(start) >> (32 - 8 * bytes) == magic;

    // With an ending they are devices still: NUL.wav opens nothing on Windows.
    private static bool IsDevice(string name)
    {
        var stem = name.Split('.')[0].TrimEnd().ToLowerInvariant();
        return Devices.Contains(stem) || (stem.Length == 4 && (stem[..3] is "com" or "lpt")
            && (char.IsAsciiDigit(stem[3]) || "¹²³".Contains(stem[3])));
    }
}
