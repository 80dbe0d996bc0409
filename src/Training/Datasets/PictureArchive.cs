using System.IO.Compression;
using System.Runtime.CompilerServices;
using Emotion.Media;

namespace Emotion.Training.Datasets;

/// <summary>The pictures of a zip file, decoded to gray once and cached by the archive's SHA-256.</summary>
/// <param name="Digest">Over names and contents of its pictures: <see cref="DataDigest"/>.</param>
/// <param name="Entries">Sorted by name.</param>
public sealed record PictureArchive(string Digest, IReadOnlyList<PictureCache.Entry> Entries)
{
    /// <summary>Reads an archive whose pictures are all of one format and of <paramref name="width"/> x <paramref name="height"/> pixels.</summary>
    public static async Task<PictureArchive> ReadAsync(string path, int width, int height, DataRoot data, CancellationToken cancellationToken)
    {
        var bytes = await File.ReadAllBytesAsync(path, cancellationToken);
        var cache = Path.Combine(data.Cache, $"{Path.GetFileNameWithoutExtension(path)}-{DataDigest.Of(bytes)[..16]}.pictures");
        var entries = PictureCache.Read(cache);
        if (entries is null)
        {
            using var archive = new ZipArchive(new MemoryStream(bytes));
            entries = await DecodeAsync(archive, width, height, cancellationToken);
            PictureCache.Write(cache, entries);
        }

        return new PictureArchive(DataDigest.Of(entries.Select(entry => (entry.Name, entry.Sha256))), entries);
    }

    private static async Task<IReadOnlyList<PictureCache.Entry>> DecodeAsync(
        ZipArchive archive, int width, int height, CancellationToken cancellationToken)
    {
        var files = archive.Entries
            .Where(entry => entry.Length > 0 && IsPicture(entry.Name))
            .OrderBy(entry => entry.FullName, StringComparer.Ordinal)
            .Select(entry => (entry.FullName, Content: Read(entry)))
            .ToList();
        if (files.Count == 0)
        {
            throw new CorpusException("The archive holds no picture.");
        }

        var format = files[0].FullName.EndsWith(".png", StringComparison.OrdinalIgnoreCase) ? PictureFormat.Png : PictureFormat.Jpeg;
        using var guard = new FFMpegGuard(new MediaOptions());
        var entries = new List<PictureCache.Entry>(files.Count);
        var pictures = new PictureDecoder(guard)
            .DecodeAsync(InOrder(files, cancellationToken), format, PixelLayout.Gray, width, height, cancellationToken);
        await foreach (var picture in pictures)
        {
            var (name, content) = files[picture.Index];
            entries.Add(new PictureCache.Entry(name, DataDigest.Of(content), width, height, picture.Pixels));
        }

        return entries;
    }

    private static bool IsPicture(string name) => Path.GetExtension(name).ToLowerInvariant() is ".jpg" or ".jpeg" or ".png";

    private static byte[] Read(ZipArchiveEntry entry)
    {
        var content = new byte[entry.Length];
        using var stream = entry.Open();
        stream.ReadExactly(content);
        return content;
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> InOrder(
        List<(string Name, byte[] Content)> files, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (_, content) in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return content;
        }

        await Task.CompletedTask;
    }
}
