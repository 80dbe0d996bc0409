using System.Text.Json;
using Emotion.Features.Faces;
using Emotion.Inference.Video;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Recipes;
using Emotion.Training.Reports;
using Emotion.Training.Studies.Paired;

namespace Emotion.Training.Studies.Paper;

/// <summary>
/// The paper's Table I on its own corpus, for whoever has RAVDESS's films: the paired study with each cell's face network in front of the LSTM, folds by actor. The
/// networks that hear are the paired study's.
/// </summary>
/// <param name="package">Of the model <c>video</c>, whose front end finds and cuts the faces.</param>
/// <param name="runs">A folder for each cell.</param>
internal sealed class FilmTable(
    DataRoot data, PaperSpec paper, ModelPackage package, string faceRuns, string pairedRuns, string runs, int threads, Action<string> report)
{
    /// <summary>Whether any film of RAVDESS is there.</summary>
    public static bool CanRun(DataRoot data, PaperSpec paper) => RecipeFile.Read<PairedStudySpec>(paper.PairedStudy).FaceVideo.Folders
        .Select(folder => Path.Combine(data.Corpora, folder)).Where(Directory.Exists).SelectMany(FaceVideos.Find)
        .Any(video => video.Corpus == Features.CorpusLabels.Ravdess.Corpus);

    public async Task<PaperTable> RunAsync(CancellationToken cancellationToken)
    {
        var faceStudy = RecipeFile.Read<FaceStudySpec>(paper.FaceStudy);
        var (cells, notRun, digests) = (new List<PaperCell>(), new List<string>(), new Dictionary<string, string>());
        foreach (var cell in faceStudy.Cells)
        {
            using var faces = PaperFaces.Open(faceStudy, cell, faceRuns, threads);
            if (faces is null)
            {
                notRun.Add(cell.Name);
                continue;
            }

            RequireSameCrop(faces);
            var results = await ResultsAsync(faces, cancellationToken);
            foreach (var (name, digest) in results.Cells.SelectMany(one => one.Facts.DataDigests))
            {
                digests[name] = digest;
            }

            cells.Add(CellOf(faces.Cell, faces.Recipe.Dropout, results, faces.Seconds == 0 ? null : faces.Seconds));
            report($"{cell.Name}, films: fused WA {cells[^1].Rows[PaperRows.Fused].Scores.Wa:P1}");
        }

        return new PaperTable(paper, cells, notRun, digests, threads, Provenance.LoadAverage());
    }

    private async Task<PairedResults> ResultsAsync(PaperFaces faces, CancellationToken cancellationToken)
    {
        var study = RecipeFile.Read<PairedStudySpec>(paper.PairedStudy);
        study = study with
        {
            Face = PairedModalities.FaceVideo,
            FaceVideo = study.FaceVideo with { Dropout = faces.Recipe.Dropout },
            Fusion = study.Fusion with { Dropout = faces.Recipe.Dropout },
        };
        var folder = Path.Combine(runs, faces.Cell.Name);
        RunUpstream.Bind(new RunFolder(folder), new Dictionary<string, string> { [PaperRows.Face] = faces.Weights, [package.Name] = package.Version }, hasBegun: true);
        faces.StartClock();
        Task<FaceFilms> FilmsAsync(CancellationToken token) => FilmReader.ReadAsync(
            data, study.FaceVideo, package, report, token, (film, cut) => faces.Embed(cut, timed: IsJudged(film)));
        var run = new PairedStudy(data, study, PairedStudy.Reader(data, study, FilmsAsync), folder, line => report($"{faces.Cell.Name}: {line}")) { SoundRuns = pairedRuns };
        if (await run.RunAsync([paper.Protocol], null, cancellationToken) > 0)
        {
            throw new ArgumentException($"Folds of {faces.Cell.Name} failed, see above; the command goes on where it ended.");
        }

        return PairedResults.Read(folder, study).Single(results => results.Name == paper.Protocol);
    }

    // Films of other corpora, and of labels that the paper lacks, only train.
    private bool IsJudged(FaceVideo film) => film.Corpus == Features.CorpusLabels.Ravdess.Corpus && paper.Labels.Contains(Features.EmotionLabels.Names[film.Label]);

    /// <param name="face">The cell's face network.</param>
    /// <param name="dropout">Of it, and of fusion.</param>
    /// <param name="results">Of the paired study upon it.</param>
    /// <param name="seconds">That the face network took for the films that are judged; null where they were read in an earlier run.</param>
    internal static PaperCell CellOf(FaceCell face, double dropout, PairedResults results, double? seconds)
    {
        Judged Judge(string row)
        {
            var answers = results.Rows[row];
            return new Judged($"RAVDESS films, {results.Labels.Count} classes, six folds by actor, {row}", [.. answers.Select(answer => answer.Label)],
                [.. answers.Select(answer => answer.Posterior)], Features.EmotionLabels.Mask(results.Labels)) { Subjects = [.. answers.Select(answer => $"{answer.Actor:00}")] };
        }

        var fused = $"{PairedRows.Fusion}@{PairedModalities.Speech}+{PairedModalities.FaceVideo}";
        return new PaperCell(face, dropout, new Dictionary<string, Judged>
        {
            [PaperRows.Speech] = Judge(PairedModalities.Speech), [PaperRows.Face] = Judge(PairedModalities.FaceVideo), [PaperRows.Fused] = Judge(fused),
        }, [.. results.Rows[fused].Select(answer => new PaperPair(ActionUnits.FilmOf(answer.Recording), answer.Recording))],
            new PaperSeconds(null, seconds, null));
    }

    private void RequireSameCrop(PaperFaces faces)
    {
        var cut = package.Manifest.FrontEnd.Deserialize<VideoSpec>(RegistryJson.Options)!.FaceFrame;
        if (cut.CropSize != faces.Recipe.FaceFrame.CropSize || cut.Mean != faces.Recipe.FaceFrame.Mean || cut.Deviation != faces.Recipe.FaceFrame.Deviation)
        {
            throw new ArgumentException(
                $"The video package cuts faces of {cut.CropSize} pixels, {faces.Cell.Name} was trained on {faces.Recipe.FaceFrame.CropSize}: train the face study by the recipe that ships.");
        }
    }
}
