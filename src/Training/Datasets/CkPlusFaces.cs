using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Emotion.Features.Faces;
using Emotion.Inference.Video;
using Emotion.Media;
using Emotion.ModelRegistry;

namespace Emotion.Training.Datasets;

/// <summary>
/// The largest face of each picture of CK+'s full sequences (640x490), found and aligned as the front end does. What it makes of the archive is cached under the archive's content, the spec
/// and the detector, so the corpus is searched once.
/// </summary>
/// <param name="detectorDigest">Of the detector's graph.</param>
/// <param name="cache">Folder of the cache.</param>
internal sealed class CkPlusFaces(FaceAligner aligner, FaceDetector detector, string detectorDigest, string cache)
{
    /// <summary>To be raised when this code cuts other faces by the same spec.</summary>
    private const int Revision = 1;

    private const int Width = 640, Height = 490;

    /// <returns>By folder and sequence, such as <c>anger/S055_004</c>, in order of time; those without a face are not there.</returns>
    public async Task<SortedDictionary<string, List<float[]>>> ReadAsync(PictureArchive archive, CancellationToken cancellationToken)
    {
        var key = DataDigest.Of(
        [
            .. Encoding.UTF8.GetBytes($"{archive.Sha256} {detectorDigest} {Revision}"),
            .. JsonSerializer.SerializeToUtf8Bytes(aligner.Spec, RegistryJson.Options),
        ])[..32];
        var path = Path.Combine(cache, "faces", $"{key}.ckplus");
        if (!File.Exists(path))
        {
            var cut = await CutAsync(archive, cancellationToken);
            CacheFile.Write(path, stream => Write(stream, cut));
            return cut;
        }

        using var file = File.OpenRead(path);
        return Read(file);
    }

    // anger/S055_004/S055_004_00000001.jpg
    private async Task<SortedDictionary<string, List<float[]>>> CutAsync(PictureArchive archive, CancellationToken cancellationToken)
    {
        var faces = new SortedDictionary<string, List<float[]>>(StringComparer.Ordinal);
        await foreach (var picture in archive.DecodeAsync(PixelLayout.Rgb, Width, Height, cancellationToken))
        {
            var name = archive.Files[picture.Index].Name;
            if (Cut(picture) is { } face)
            {
                var key = name[..name.LastIndexOf('/')];
                (faces.TryGetValue(key, out var list) ? list : faces[key] = []).Add(face);
            }
        }

        return faces;
    }

    private float[]? Cut(Picture picture)
    {
        var rgb = new RgbPicture(picture.Pixels, picture.Width, picture.Height);
        if (detector.Detect(rgb) is not [var largest, ..])
        {
            return null;
        }

        var face = new float[aligner.FeatureCount];
        aligner.Align(rgb, largest.Landmarks, face);
        return face;
    }

    private static void Write(Stream stream, SortedDictionary<string, List<float[]>> sequences)
    {
        using var writer = new BinaryWriter(stream);
        writer.Write(sequences.Count);
        foreach (var (name, faces) in sequences)
        {
            writer.Write(name);
            writer.Write(faces.Count);
            faces.ForEach(face => writer.Write(MemoryMarshal.AsBytes(face.AsSpan())));
        }
    }

    private SortedDictionary<string, List<float[]>> Read(Stream stream)
    {
        using var reader = new BinaryReader(stream);
        var sequences = new SortedDictionary<string, List<float[]>>(StringComparer.Ordinal);
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            var faces = sequences[reader.ReadString()] = [];
            for (var more = reader.ReadInt32(); more > 0; more--)
            {
                var face = new float[aligner.FeatureCount];
                reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(face.AsSpan()));
                faces.Add(face);
            }
        }

        return sequences;
    }
}
