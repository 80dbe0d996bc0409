using System.Text.RegularExpressions;
using Emotion.Features;

namespace Emotion.Training.Datasets;

/// <summary>A recording of an acted corpus, by its file name.</summary>
/// <param name="Subject">Such as <c>RAVDESS-19</c> or <c>CREMA-D-1001</c>.</param>
/// <param name="Label">Index into <see cref="EmotionLabels.Names"/>.</param>
public sealed record FaceVideo(string File, string Subject, int Label)
{
    public string Name => Path.GetFileNameWithoutExtension(File);

    /// <summary>Such as <c>RAVDESS</c>.</summary>
    public required string Corpus { get; init; }
}

/// <summary>
/// Recordings of RAVDESS (<c>01-01-EE-II-SS-RR-AA.mp4</c>: with sound, spoken) and CREMA-D (<c>1001_DFA_ANG_XX.flv</c>) in a folder and the
/// folders under it, as the corpora come. Files of other names are none of them: RAVDESS's songs and its films without sound, for instance.
/// </summary>
public static partial class FaceVideos
{
    /// <summary>Sorted by name, those of one name by folder.</summary>
    /// <exception cref="CorpusException">There is none.</exception>
    public static IReadOnlyList<FaceVideo> Find(string folder)
    {
        var videos = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(Parse).OfType<FaceVideo>()
            .OrderBy(video => video.Name, StringComparer.Ordinal).ThenBy(video => video.File, StringComparer.Ordinal).ToList();
        return videos.Count > 0
            ? videos
            : throw new CorpusException($"'{folder}' holds neither RAVDESS's 01-01-*.mp4 nor CREMA-D's *.flv.");
    }

    internal static FaceVideo? Parse(string file)
    {
        var name = Path.GetFileName(file);
        if (Ravdess().Match(name) is { Success: true } ravdess)
        {
            return Of(CorpusLabels.Ravdess, ravdess, file);
        }

        return CremaD().Match(name) is { Success: true } cremaD ? Of(CorpusLabels.CremaD, cremaD, file) : null;
    }

    private static FaceVideo? Of(CorpusLabels corpus, Match name, string file) =>
        corpus.IndexOf(name.Groups["label"].Value) is { } label
            ? new FaceVideo(file, $"{corpus.Corpus}-{name.Groups["subject"].Value}", label) { Corpus = corpus.Corpus }
            : null;

    [GeneratedRegex(@"^01-01-(?<label>\d\d)-\d\d-\d\d-\d\d-(?<subject>\d\d)\.mp4$")]
    private static partial Regex Ravdess();

    [GeneratedRegex(@"^(?<subject>\d{4})_[A-Z]{3}_(?<label>[A-Z]{3})_[A-Z]{2}\.flv$")]
    private static partial Regex CremaD();
}
