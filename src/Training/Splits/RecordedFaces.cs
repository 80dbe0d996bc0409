using System.Security.Cryptography;
using Emotion.Features;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Recipes;

namespace Emotion.Training.Splits;

/// <summary>
/// Recordings that a recipe learns from, by subject. Whoever is on a labelled clip is of the test part, whatever the name says, and a recording that
/// is one of those clips byte by byte is of no part: there it is judged already.
/// </summary>
public sealed class RecordedFaces
{
    private const string Description = SubjectSplit.Description + "; people of the labelled clips test; labels that face networks do not cover left out";
    private readonly IReadOnlyList<(FaceVideo Video, string Sha256)> _videos;
    private readonly HashSet<string> _tested;

    private RecordedFaces(IReadOnlyList<(FaceVideo Video, string Sha256)> videos, HashSet<string> tested) => (_videos, _tested) = (videos, tested);

    public IEnumerable<FaceVideo> Videos => _videos.Select(one => one.Video);

    /// <summary>What was read, by corpus: a digest of names and contents.</summary>
    public IReadOnlyList<DatasetManifest> Datasets =>
    [
        .. _videos.GroupBy(one => one.Video.Corpus).OrderBy(corpus => corpus.Key, StringComparer.Ordinal).Select(corpus => new DatasetManifest(
            corpus.Key + " video", DataDigest.Of(corpus.Select(one => (one.Video.Name, one.Sha256))), Description)),
    ];

    /// <exception cref="CorpusException">No folder of the recipe is there, one has no recording, or the list of labelled clips is missing.</exception>
    public static async Task<RecordedFaces> FindAsync(
        DataRoot data, FaceVideoCorpora corpora, Action<string> report, CancellationToken cancellationToken)
    {
        var folders = corpora.Folders.Select(folder => Path.Combine(data.Corpora, folder)).ToLookup(Directory.Exists);
        if (!folders[true].Any())
        {
            throw new CorpusMissingException(
                $"None of {string.Join(", ", corpora.Folders)} is in '{data.Corpora}': the recipe needs at least one of them, or take one without recordings.");
        }

        foreach (var missing in folders[false])
        {
            report($"'{missing}' is not there: without its recordings");
        }

        var clips = LabelledClips.All(data.LabelledClips);
        var covered = EmotionLabels.Mask(CorpusLabels.Fer2013.Covered);
        var found = folders[true].SelectMany(FaceVideos.Find).ToLookup(video => covered[video.Label]);
        if (found[false].Any())
        {
            report($"{found[false].Count()} recordings left out: they show {Labels(found[false])}, which a face network cannot answer");
        }

        var known = (await HashedAsync(clips.Select(clip => clip.File).Where(File.Exists), cancellationToken)).ToHashSet();
        List<FaceVideo> videos = [.. found[true]];
        var hashed = videos.Zip(await HashedAsync(videos.Select(video => video.File), cancellationToken)).ToLookup(one => known.Contains(one.Second));
        if (hashed[true].Any())
        {
            report($"{hashed[true].Count()} recordings left out: they are labelled clips, which only judge");
        }

        return new RecordedFaces([.. hashed[false]], [.. clips.Select(clip => clip.Subject)]);
    }

    public IReadOnlyList<FaceVideo> Of(SubjectPart part) => [.. Videos.Where(video => PartOf(video.Subject) == part)];

    private SubjectPart PartOf(string subject) => _tested.Contains(subject) ? SubjectPart.Test : SubjectSplit.PartOf(subject);

    private static string Labels(IEnumerable<FaceVideo> videos) =>
        string.Join(", ", videos.Select(video => EmotionLabels.Names[video.Label]).Distinct());

    private static async Task<IReadOnlyList<string>> HashedAsync(IEnumerable<string> files, CancellationToken cancellationToken)
    {
        var hashes = new List<string>();
        foreach (var file in files)
        {
            await using var stream = File.OpenRead(file);
            hashes.Add(Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken)));
        }

        return hashes;
    }
}
