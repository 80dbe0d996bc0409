using System.Diagnostics;
using Emotion.Features;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Recipes;
using Emotion.Training.Reports;
using Emotion.Training.Splits;
using Emotion.Training.Studies.Paired;

namespace Emotion.Training.Studies.Paper;

/// <summary>
/// The paper's table without the paper's corpus: recordings of RAVDESS's test fold and pictures of FER2013's PrivateTest, brought together by label. Every figure of it is
/// drawn, which is easier than life. The speech network is the paired study's, which never heard either fold; fusion learns from the other fold of the pair and from
/// pictures of PublicTest that chose nothing.
/// </summary>
/// <param name="faceRuns">Cells of the face study.</param>
/// <param name="pairedRuns">Networks of the paired study; the speech network is trained there if it is not there.</param>
/// <param name="runs">Of the fusions.</param>
internal sealed class DrawnTable(
    DataRoot data, PaperSpec paper, string faceRuns, string pairedRuns, string runs, int threads, Action<string> report)
{
    private readonly bool[] _allowed = EmotionLabels.Mask(paper.Labels);

    /// <exception cref="ArgumentException">No cell of the face study is trained, or one by another recipe.</exception>
    public async Task<PaperTable> RunAsync(CancellationToken cancellationToken)
    {
        var study = RecipeFile.Read<FaceStudySpec>(paper.FaceStudy);
        var (cells, notRun) = (new List<PaperCell>(), new List<string>());
        var trained = study.Cells.Where(cell => new RunFolder(Path.Combine(faceRuns, cell.Name)).Has(FaceCell.FileName)).ToList();
        if (trained.Count == 0)
        {
            throw new ArgumentException($"'{faceRuns}' holds no trained cell: say --train, or run `./emotion training study face` first.");
        }

        var spoken = await SpokenAsync(cancellationToken);
        var fer = await Fer2013.ReadAsync(data, cancellationToken);
        var split = FaceSplit.Of(fer);
        foreach (var cell in study.Cells)
        {
            using var faces = PaperFaces.Open(study, cell, faceRuns, threads);
            if (faces is null)
            {
                notRun.Add(cell.Name);
                continue;
            }

            cells.Add(Cell(faces, split, spoken, cancellationToken));
            report($"{cell.Name}: fused WA {cells[^1].Rows[PaperRows.Fused].Scores.Wa:P1}, face alone {cells[^1].Rows[PaperRows.Face].Scores.Wa:P1}");
        }

        var digests = new Dictionary<string, string>(spoken.Digests) { ["FER2013"] = fer.Digest };
        return new PaperTable(paper, cells, notRun, digests, threads, Provenance.LoadAverage())
        {
            FusionActors = [.. spoken.Training.Keys.Select(name => Ravdess.Parse(name).Subject).Distinct().Order()],
        };
    }

    private async Task<Spoken> SpokenAsync(CancellationToken cancellationToken)
    {
        var spec = RecipeFile.Read<PairedStudySpec>(paper.PairedStudy);
        var corpus = await PairedStudy.Reader(data, spec, null)(cancellationToken);
        var networks = new PairedNetworks(data, spec, spec.Protocols.Single(protocol => protocol.Name == paper.Protocol), corpus, pairedRuns, report);
        int[] pair = [paper.TestFold, PairedFolds.Held(paper.TestFold)];
        var training = await networks.SpeechAsync(pair, pair[1], cancellationToken);
        var clock = Stopwatch.StartNew();
        var test = await networks.SpeechAsync(pair, pair[0], cancellationToken);
        var seconds = clock.Elapsed.TotalSeconds;
        var weights = DataDigest.Of(await File.ReadAllBytesAsync(new RunFolder(networks.PathOf(PairedModalities.Speech, pair)).Best, cancellationToken));
        return new Spoken(training, test, seconds, corpus.Digests, spec.Fusion, weights);
    }

    private PaperCell Cell(PaperFaces faces, FaceSplit split, Spoken spoken, CancellationToken cancellationToken)
    {
        IReadOnlyList<FacePicture> Wanted(IEnumerable<FacePicture> pictures) => [.. pictures.Where(picture => _allowed[picture.Label])];
        var tested = Wanted(split.Test.Where(picture => !split.TestDuplicates.Contains(picture.Sha256)));
        var pool = faces.Of(Wanted(split.Calibration.Concat(split.Fusion)), _allowed, cancellationToken);
        faces.StartClock();
        var seen = faces.Of(tested, _allowed, cancellationToken);
        var seconds = faces.Seconds;
        var run = new RunFolder(Path.Combine(runs, faces.Cell.Name));
        RunUpstream.Bind(run, new Dictionary<string, string> { [PaperRows.Speech] = spoken.Weights, [PaperRows.Face] = faces.Weights }, hasBegun: true);
        var pairs = new DrawnPairs(paper, spoken.Recipe with { Dropout = faces.Recipe.Dropout }).Judge(
            new PaperHeard(spoken.Training, spoken.Test), pool, [.. tested.Select(picture => picture.Name).Zip(seen)], run, cancellationToken);
        return new PaperCell(faces.Cell, faces.Recipe.Dropout, pairs.Rows, pairs.Pairs, new PaperSeconds(spoken.Seconds, seconds, pairs.Seconds)) { CorrectionShare = pairs.CorrectionShare };
    }

    /// <param name="Seconds">To classify the test fold's recordings, each once, from sound in memory.</param>
    /// <param name="Weights">SHA-256 of the network's.</param>
    private sealed record Spoken(
        IReadOnlyDictionary<string, IReadOnlyList<Evidence>> Training, IReadOnlyDictionary<string, IReadOnlyList<Evidence>> Test, double Seconds,
        IReadOnlyDictionary<string, string> Digests, PairedFusionRecipe Recipe, string Weights);
}
