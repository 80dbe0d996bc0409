using System.Text.Json;
using Emotion.Inference.Video;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;

namespace Emotion.Training.Evaluation;

/// <summary>
/// Films of RAVDESS and CREMA-D as what a video package's face network says of the faces in them, found and cut by the front end that serves. The face
/// network has learned from still pictures alone; the package's sequence network, which may have seen films, is not asked.
/// </summary>
public static class FilmReader
{
    /// <param name="data">Where the folders are.</param>
    /// <param name="recipe">Which.</param>
    /// <param name="package">Of the model <c>video</c>.</param>
    /// <param name="report">Told what was left out.</param>
    /// <param name="cancellationToken">Faces that were cut are kept.</param>
    /// <param name="embed">Another face network, which takes a film's faces as the package's front end cuts them; null for the package's.</param>
    /// <exception cref="CorpusException">There is no folder, or no film of RAVDESS in them.</exception>
    public static async Task<FaceFilms> ReadAsync(
        DataRoot data, FaceVideoRecipe recipe, ModelPackage package, Action<string> report, CancellationToken cancellationToken,
        Func<FaceVideo, IReadOnlyList<float[]>, IReadOnlyList<float[]>>? embed = null)
    {
        var folders = recipe.Folders.Select(folder => Path.Combine(data.Corpora, folder)).ToLookup(Directory.Exists);
        foreach (var missing in folders[false])
        {
            report($"'{missing}' is not there: without its films");
        }

        var videos = folders[true].SelectMany(FaceVideos.Find).DistinctBy(video => video.Name).ToList();
        if (!videos.Any(video => video.Corpus == Features.CorpusLabels.Ravdess.Corpus))
        {
            throw new CorpusException(
                $"No film of RAVDESS (01-01-*.mp4) is in {string.Join(", ", recipe.Folders)} of '{data.Corpora}': put them there, or take action-units as the face.");
        }

        await using var model = VideoModel.Load(package, PackageFolder.Runtime);
        var manifest = package.Manifest;
        var spec = manifest.FrontEnd.Deserialize<VideoSpec>(RegistryJson.Options)!;
        using var reader = new FaceVideoReader(spec, model.Detector, FaceCorpora.DetectorDigest(model), data.Cache);
        var known = videos.ToDictionary(video => video.Name);
        var performances = new Dictionary<string, IReadOnlyList<float[]>>(StringComparer.Ordinal);
        var others = new List<(int Label, IReadOnlyList<float[]> Faces)>();
        await foreach (var sequence in reader.ReadAsync(videos, report, cancellationToken))
        {
            var video = known[sequence.Name];
            IReadOnlyList<float[]> said = embed?.Invoke(video, sequence.Faces)
                ?? [.. (await ServedVideo.FramesAsync(model, sequence.Faces, cancellationToken)).Select(answer => answer.Embedding)];
            if (video.Corpus == Features.CorpusLabels.Ravdess.Corpus)
            {
                performances[sequence.Name] = said;
            }
            else
            {
                others.Add((sequence.Label, said));
            }
        }

        return new FaceFilms(await DigestsAsync(videos, package, cancellationToken), performances, others);
    }

    private static async Task<IReadOnlyDictionary<string, string>> DigestsAsync(
        IReadOnlyList<FaceVideo> videos, ModelPackage package, CancellationToken cancellationToken)
    {
        var digests = new Dictionary<string, string> { [$"package {package.Name}"] = package.Version };
        foreach (var corpus in videos.GroupBy(video => video.Corpus))
        {
            var files = new List<(string, string)>();
            foreach (var video in corpus)
            {
                files.Add((video.Name, DataDigest.Of(await File.ReadAllBytesAsync(video.File, cancellationToken))));
            }

            digests[corpus.Key + " video"] = DataDigest.Of(files);
        }

        return digests;
    }
}
