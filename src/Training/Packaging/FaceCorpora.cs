using System.Text.Json;
using Emotion.Features;
using Emotion.Inference.Video;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;

namespace Emotion.Training.Packaging;

/// <summary>The corpora that a face package is calibrated and judged on, as its own front end reads them.</summary>
public sealed class FaceCorpora
{
    private readonly string _cache;

    private FaceCorpora(Fer2013 fer, CkPlus ck, RecordedFaces? recorded, string cache)
    {
        (Fer, Stills, Ck, Real, Recorded, _cache) = (fer, FaceSplit.Of(fer), ck, SubjectSplit.Of(ck.Sequences), recorded, cache);
    }

    public Fer2013 Fer { get; }

    public FaceSplit Stills { get; }

    public CkPlus Ck { get; }

    /// <summary>CK+ and CK+48, by subject.</summary>
    public SubjectSplit Real { get; }

    /// <summary>Recordings that the sequence network learned from; null where it learned from none.</summary>
    public RecordedFaces? Recorded { get; }

    public IReadOnlyList<DatasetManifest> Datasets =>
    [
        new("FER2013", Fer.Digest, FaceSplit.Description),
        new("CK+48", Ck.ShortDigest, SubjectSplit.Description),
        new("CK+ full sequences", Ck.FullDigest, SubjectSplit.Description),
        .. Recorded?.Datasets ?? [],
    ];

    /// <param name="model">Whose detector and aligner cut the faces.</param>
    public static async Task<FaceCorpora> ReadAsync(
        DataRoot data, SequenceRecipe recipe, VideoModel model, Action<string> report, CancellationToken cancellationToken) => new(
            await Fer2013.ReadAsync(data, cancellationToken),
            await CkPlus.ReadAsync(data, model.Aligner, model.Detector, DetectorDigest(model), cancellationToken),
            recipe.Videos is { } corpora ? await RecordedFaces.FindAsync(data, corpora, report, cancellationToken) : null,
            data.Cache);

    /// <summary>What the frame network says of recordings of a part; null where there are none.</summary>
    public async Task<AnsweredSequences?> RecordingsAsync(
        VideoModel model, SubjectPart part, Action<string> report, CancellationToken cancellationToken)
    {
        if (Recorded?.Of(part) is not { Count: > 0 } videos)
        {
            return null;
        }

        var manifest = model.Package.Manifest;
        var spec = manifest.FrontEnd.Deserialize<VideoSpec>(RegistryJson.Options)!;
        using var reader = new FaceVideoReader(spec, model.Detector, DetectorDigest(model), _cache);
        var answered = await ServedVideo.AnswerAsync(
            model, $"recordings of {part.ToString().ToLowerInvariant()} subjects", reader.ReadAsync(videos, report, cancellationToken), cancellationToken);
        return answered.Labels.Count > 0 ? answered : null;
    }

    /// <summary>SHA-256 of the graph that finds a package's faces: what it cut is cached under it.</summary>
    public static string DetectorDigest(VideoModel model) => model.Package.Manifest.Files[model.Package.Manifest.Graph("detector").File];
}
