using System.Runtime.InteropServices;
using System.Text;
using Emotion.Media;

namespace Emotion.Training.Datasets;

/// <summary>Sound files of a corpus as 16 kHz mono, decoded by Media once and cached by content.</summary>
public static class SpeechCache
{
    /// <summary>ffmpeg processes at once; more gain nothing on two cores.</summary>
    private const int Decoders = 2;

    /// <param name="data">Where the cache lies.</param>
    /// <param name="corpus">Names the cache's file.</param>
    /// <param name="root">Recordings are named by their path below it, without ending and with slashes.</param>
    /// <param name="pattern">Of the files, at any depth.</param>
    /// <param name="cancellationToken">A cancelled run leaves no cache.</param>
    /// <returns>The digest of all files, and the recordings in order of their names.</returns>
    public static async Task<(string Digest, IReadOnlyList<(string Name, short[] Pcm)> Recordings)> ReadAsync(
        DataRoot data, string corpus, string root, string pattern, CancellationToken cancellationToken)
    {
        var files = Directory.GetFiles(root, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
        var digest = DataDigest.Of(files.Select(file => (Path.GetFileName(file), DataDigest.Of(File.ReadAllBytes(file)))));
        var cache = Path.Combine(data.Cache, $"{corpus}-{digest[..16]}.pcm");
        if (!File.Exists(cache))
        {
            await DecodeAsync(root, files, cache, cancellationToken);
        }

        return (digest, Read(cache));
    }

    private static async Task DecodeAsync(string root, string[] files, string cache, CancellationToken cancellationToken)
    {
        using var guard = new FFMpegGuard(new MediaOptions());
        var decoder = new AudioDecoder(guard);
        var decoded = new short[files.Length][];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Decoders, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, files.Length, options, async (i, token) => decoded[i] = await decoder.DecodeSamplesAsync(files[i], token));

        CacheFile.Write(cache, file =>
        {
            using var writer = new BinaryWriter(file, Encoding.UTF8);
            writer.Write(files.Length);
            for (var i = 0; i < files.Length; i++)
            {
                writer.Write(Path.ChangeExtension(Path.GetRelativePath(root, files[i]), null).Replace('\\', '/'));
                writer.Write(decoded[i].Length);
                writer.Write(MemoryMarshal.AsBytes(decoded[i].AsSpan()));
            }
        });
    }

    private static (string, short[])[] Read(string cache)
    {
        using var reader = new BinaryReader(File.OpenRead(cache), Encoding.UTF8);
        var recordings = new (string, short[])[reader.ReadInt32()];
        for (var i = 0; i < recordings.Length; i++)
        {
            var name = reader.ReadString();
            var pcm = new short[reader.ReadInt32()];
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(pcm.AsSpan()));
            recordings[i] = (name, pcm);
        }

        return recordings;
    }
}
