using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Emotion.Features.Faces;
using Emotion.Inference.Video;
using Emotion.Media;
using Emotion.ModelRegistry;

namespace Emotion.Training.Datasets;

/// <summary>
/// Recordings to sequences of faces, by the front end that serves: split, decoded, searched, followed, aligned; of several faces the largest and
/// longest. What it makes of a file is cached under the file's content, the spec and the detector, so a corpus is cut once, and goes on where it was
/// cut off.
/// </summary>
/// <param name="detectorDigest">Of the detector's graph.</param>
/// <param name="cache">Folder of the cache.</param>
public sealed class FaceVideoReader(VideoSpec spec, FaceDetector detector, string detectorDigest, string cache) : IDisposable
{
    /// <summary>To be raised when this code cuts other faces by the same spec.</summary>
    private const int Revision = 3;

    private const int ReportEvery = 50;

    /// <summary>Faces do not depend on what is made of them.</summary>
    private static readonly SequenceSpec Anything = new() { MinimumFaceFrames = 1, MaximumFaceFrames = 1 };

    private readonly FaceAligner _aligner = new(spec.FaceFrame);
    private readonly FFMpegGuard _guard = new(new MediaOptions());

    /// <summary>
    /// Those in which a face was read, one by one: nothing is kept of them. How many had none, and which could not be read at all, is reported.
    /// </summary>
    public async IAsyncEnumerable<FaceSequence> ReadAsync(
        IReadOnlyList<FaceVideo> videos, Action<string> report, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (read, refused) = (0, 0);
        for (var i = 0; i < videos.Count; i++)
        {
            IReadOnlyList<float[]> faces = [];
            try
            {
                faces = await FacesAsync(videos[i].File, cancellationToken);
            }
            catch (MediaRefusedException unreadable)
            {
                refused++;
                report($"'{videos[i].File}' cannot be read: {unreadable.Message}");
            }

            if (faces.Count > 0)
            {
                read++;
                yield return new FaceSequence(videos[i].Name, videos[i].Subject, videos[i].Label, faces);
            }

            if ((i + 1) % ReportEvery == 0)
            {
                report($"faces of {i + 1} of {videos.Count} recordings are cut");
            }
        }

        report($"{read} recordings with a face, {videos.Count - read - refused} without, {refused} that cannot be read");
    }

    public void Dispose() => _guard.Dispose();

    /// <summary>The faces of one recording, in order of time.</summary>
    /// <exception cref="MediaRefusedException">It cannot be read.</exception>
    public async Task<IReadOnlyList<float[]>> FacesAsync(string file, CancellationToken cancellationToken)
    {
        var key = DataDigest.Of(
        [
            .. SHA256.HashData(await File.ReadAllBytesAsync(file, cancellationToken)),
            .. JsonSerializer.SerializeToUtf8Bytes(spec with { Sequence = Anything }, RegistryJson.Options),
            .. Encoding.UTF8.GetBytes($"{detectorDigest} {Revision}"),
        ])[..32];
        var path = Path.Combine(cache, "faces", key + ".faces");
        if (File.Exists(path))
        {
            var values = MemoryMarshal.Cast<byte, float>(await File.ReadAllBytesAsync(path, cancellationToken)).ToArray();
            return [.. values.Chunk(_aligner.FeatureCount)];
        }

        var faces = await CutAsync(file, cancellationToken);
        CacheFile.Write(path, stream => stream.Write(MemoryMarshal.AsBytes(faces.SelectMany(face => face).ToArray().AsSpan())));
        return faces;
    }

    private async Task<IReadOnlyList<float[]>> CutAsync(string file, CancellationToken cancellationToken)
    {
        var probe = await new MediaProbe(_guard).ProbeAsync(file, cancellationToken);
        var (decoder, tracker) = (new SegmentDecoder(_guard), new FaceTracker(spec.FaceFrame.Tracks));
        var sampling = new PictureSampling((int)spec.FaceFrame.PicturesPerSecond, spec.LongestPictureSide);
        var tracks = new Dictionary<int, (double Area, List<float[]> Faces)>();
        byte[] scene = [];
        await using var split = new ClipSplitter(_guard).Start(file, probe, cancellationToken);
        await foreach (var segment in split.ReadSegmentsAsync(cancellationToken))
        {
            var finder = new FaceFinder(detector, spec.FaceFrame);
            await foreach (var picture in decoder.DecodeAsync(segment, sampling, cancellationToken))
            {
                using (picture)
                {
                    var found = finder.Next(picture).ToArray();
                    if (SceneSignature.Differ(scene, finder.Scene))
                    {
                        tracker.Cut();
                    }

                    scene = finder.Scene;
                    Add(picture, found, tracker, tracks);
                }
            }
        }

        return tracks.Count == 0 ? [] : tracks.Values.MaxBy(track => track.Area).Faces;
    }

    private void Add(VideoFrame picture, FaceDetection[] found, FaceTracker tracker, Dictionary<int, (double Area, List<float[]> Faces)> tracks)
    {
        var ids = new int[found.Length];
        tracker.Add(picture.Seconds, Array.ConvertAll(found, face => face.Box), ids);
        for (var i = 0; i < found.Length; i++)
        {
            var face = new float[_aligner.FeatureCount];
            var quality = _aligner.Align(new RgbPicture(picture.Pixels.Span, picture.Width, picture.Height), found[i].Landmarks, face);
            var (area, faces) = tracks.TryGetValue(ids[i], out var track) ? track : (0, []);
            if (quality.Abstention == FaceAbstention.None)
            {
                faces.Add(face);
            }

            tracks[ids[i]] = (area + found[i].Box.Area, faces);
        }
    }
}
