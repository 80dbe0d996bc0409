using System.Text;

namespace Emotion.Training.Datasets;

/// <summary>
/// Decoded gray pictures of one archive in one file, so that a training starts in a second. Each entry: name, SHA-256 of the
/// file it came from, width, height, pixels.
/// </summary>
public static class PictureCache
{
    private const int Magic = 0x31434745;

    public sealed record Entry(string Name, string Sha256, int Width, int Height, byte[] Gray);

    /// <summary>Null where there is no whole cache of that name.</summary>
    public static IReadOnlyList<Entry>? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using var reader = new BinaryReader(File.OpenRead(path), Encoding.UTF8);
        if (reader.ReadInt32() != Magic)
        {
            return null;
        }

        var entries = new Entry[reader.ReadInt32()];
        for (var i = 0; i < entries.Length; i++)
        {
            var (name, sha256) = (reader.ReadString(), reader.ReadString());
            var (width, height) = (reader.ReadInt32(), reader.ReadInt32());
            entries[i] = new Entry(name, sha256, width, height, reader.ReadBytes(width * height));
        }

        return entries;
    }

    public static void Write(string path, IReadOnlyList<Entry> entries) => CacheFile.Write(path, file =>
    {
        using var writer = new BinaryWriter(file, Encoding.UTF8);
        writer.Write(Magic);
        writer.Write(entries.Count);
        foreach (var entry in entries)
        {
            writer.Write(entry.Name);
            writer.Write(entry.Sha256);
            writer.Write(entry.Width);
            writer.Write(entry.Height);
            writer.Write(entry.Gray);
        }
    });
}
