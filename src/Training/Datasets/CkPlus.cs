using Emotion.Features;
using Emotion.Features.Faces;
using Emotion.Inference.Video;

namespace Emotion.Training.Datasets;

/// <summary>Faces of one person in order of time, as the front end cut them.</summary>
/// <param name="Name">Such as <c>S055_004</c>, with its corpus.</param>
/// <param name="Subject">The person, such as <c>S055</c>; the same in CK+48 and CK+.</param>
/// <param name="Label">Index into <see cref="EmotionLabels.Names"/>.</param>
/// <param name="Faces">Tensors <c>[1, CropSize, CropSize]</c>.</param>
public sealed record FaceSequence(string Name, string Subject, int Label, IReadOnlyList<float[]> Faces);

/// <summary>
/// CK+48 (three pictures before the apex each, 48x48) and the full sequences of CK+ (neutral to peak, 640x490), as sequences of faces.
/// Contempt is none of our labels and is left out. The first quarter of a full sequence counts as a neutral one of its own.
/// </summary>
public sealed record CkPlus(string ShortDigest, string FullDigest, IReadOnlyList<FaceSequence> Sequences)
{
    private const int NeutralShare = 4, ShortestNeutral = 3;
    private const string Short = "CK+48/";

    /// <summary>Whether a sequence is one of CK+48.</summary>
    public static bool IsShort(FaceSequence sequence) => sequence.Name.StartsWith(Short, StringComparison.Ordinal);

    /// <param name="detectorDigest">Of the detector's graph.</param>
    public static async Task<CkPlus> ReadAsync(
        DataRoot data, FaceAligner aligner, FaceDetector detector, string detectorDigest, CancellationToken cancellationToken)
    {
        var shorts = await PictureArchive.OpenAsync(data.Corpus("ck48.zip"), cancellationToken);
        var full = await PictureArchive.OpenAsync(data.Corpus("ckplus-sequences.zip"), cancellationToken);
        var sequences = new List<FaceSequence>();
        sequences.AddRange(await ShortAsync(shorts, aligner, data, cancellationToken));
        var faces = await new CkPlusFaces(aligner, detector, detectorDigest, data.Cache).ReadAsync(full, cancellationToken);
        foreach (var sequence in faces.Select(pair => Sequence("CK+/", pair.Key, pair.Value)).OfType<FaceSequence>())
        {
            sequences.Add(sequence);
            if (sequence.Faces.Count / NeutralShare >= ShortestNeutral)
            {
                sequences.Add(sequence with
                {
                    Name = sequence.Name + "/onset",
                    Label = EmotionLabels.IndexOf("neutral"),
                    Faces = [.. sequence.Faces.Take(sequence.Faces.Count / NeutralShare)],
                });
            }
        }

        return new CkPlus(shorts.Digest, full.Digest, sequences);
    }

    // anger/S010_004_00000017.png: class, subject, sequence, picture.
    private static async Task<IEnumerable<FaceSequence>> ShortAsync(
        PictureArchive archive, FaceAligner aligner, DataRoot data, CancellationToken cancellationToken)
    {
        var pictures = await archive.GrayAsync(FacePicture.Side, FacePicture.Side, data, cancellationToken);
        return pictures
            .GroupBy(picture => picture.Name[..picture.Name.LastIndexOf('_')])
            .Select(group => Sequence(Short, group.Key, [.. group.OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => Crop(aligner, p.Gray))]))
            .OfType<FaceSequence>();
    }

    private static FaceSequence? Sequence(string corpus, string name, IReadOnlyList<float[]> faces)
    {
        var (folder, sequence) = (name[..name.IndexOf('/')], name[(name.IndexOf('/') + 1)..]);
        return CorpusLabels.CkPlus.IndexOf(folder) is { } label ? new FaceSequence(corpus + sequence, sequence[..4], label, faces) : null;
    }

    private static float[] Crop(FaceAligner aligner, byte[] gray)
    {
        var face = new float[aligner.FeatureCount];
        aligner.FromCrop(gray, face);
        return face;
    }
}
