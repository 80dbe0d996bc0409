using System.IO.Compression;
using System.Runtime.CompilerServices;
using Emotion.Media;

namespace Emotion.Training.Datasets;

/// <summary>A file of an archive, as it came.</summary>
public sealed record ArchivedPicture(string Name, string Sha256, byte[] Content);

/// <summary>Pictures of a zip file, all of one format and size, through Media's decoder.</summary>
public sealed class PictureArchive
{
    private PictureArchive(string path, string sha256, IReadOnlyList<ArchivedPicture> files) => (FilePath, Sha256, Files) = (path, sha256, files);

    public string FilePath { get; }

    /// <summary>Of the archive itself.</summary>
    public string Sha256 { get; }

    /// <summary>Sorted by name.</summary>
    public IReadOnlyList<ArchivedPicture> Files { get; }

    /// <summary>Over names and contents of the pictures.</summary>
    public string Digest => DataDigest.Of(Files.Select(file => (file.Name, file.Sha256)));

    public static async Task<PictureArchive> OpenAsync(string path, CancellationToken cancellationToken)
    {
        var bytes = await File.ReadAllBytesAsync(path, cancellationToken);
        using var archive = new ZipArchive(new MemoryStream(bytes));
        var files = archive.Entries
            .Where(entry => entry.Length > 0 && Path.GetExtension(entry.Name).ToLowerInvariant() is ".jpg" or ".jpeg" or ".png")
            .OrderBy(entry => entry.FullName, StringComparer.Ordinal)
            .Select(entry => Read(entry))
            .ToList();
        return files.Count > 0
            ? new PictureArchive(path, DataDigest.Of(bytes), files)
            : throw new CorpusException($"'{path}' holds no picture.");
    }

    /// <summary>Gray pictures in the order of <see cref="Files"/>, decoded once and cached by the archive's SHA-256.</summary>
    public async Task<IReadOnlyList<PictureCache.Entry>> GrayAsync(int width, int height, DataRoot data, CancellationToken cancellationToken)
    {
        var cache = Path.Combine(data.Cache, $"{Path.GetFileNameWithoutExtension(FilePath)}-{Sha256[..16]}.pictures");
        if (PictureCache.Read(cache) is { } cached)
        {
            return cached;
        }

        var entries = new List<PictureCache.Entry>(Files.Count);
        await foreach (var picture in DecodeAsync(PixelLayout.Gray, width, height, cancellationToken))
        {
            var file = Files[picture.Index];
            entries.Add(new PictureCache.Entry(file.Name, file.Sha256, width, height, picture.Pixels));
        }

        PictureCache.Write(cache, entries);
        return entries;
    }

    /// <summary>Pictures as they are decoded; <see cref="Picture.Index"/> is that of <see cref="Files"/>.</summary>
    public async IAsyncEnumerable<Picture> DecodeAsync(
        PixelLayout layout, int width, int height, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var guard = new FFMpegGuard(new MediaOptions());
        var format = Files[0].Name.EndsWith(".png", StringComparison.OrdinalIgnoreCase) ? PictureFormat.Png : PictureFormat.Jpeg;
        await foreach (var picture in new PictureDecoder(guard).DecodeAsync(Contents(), format, layout, width, height, cancellationToken))
        {
            yield return picture;
        }
    }

    private static ArchivedPicture Read(ZipArchiveEntry entry)
    {
        var content = new byte[entry.Length];
        using var stream = entry.Open();
        stream.ReadExactly(content);
        return new ArchivedPicture(entry.FullName, DataDigest.Of(content), content);
    }

    private IAsyncEnumerable<ReadOnlyMemory<byte>> Contents() =>
        Files.Select(file => (ReadOnlyMemory<byte>)file.Content).ToAsyncEnumerable();
}
