using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Features.Faces;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Recipes;
using Emotion.Training.Reports;
using Emotion.Training.Studies.Paired;
using Emotion.Training.Studies.Paper;
using Emotion.Training.Tests.Reports;

namespace Emotion.Training.Tests.Fusion;

/// <summary>The paper's table on voices and faces that are made up: the voice knows half of what there is to know, the face the other half.</summary>
public sealed class PaperTests : IDisposable
{
    // Five networks each: what one test is told, the other writes down.
    private static readonly Lazy<PaperAnswered> First = new(Answered);

    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-paper-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static PaperSpec Paper => RecipeFile.Read<PaperSpec>("paper");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Paper_AsShipped_IsOfTheSixLabelsAndOfStudiesThatThereAre()
    {
        Assert.Equal(EmotionLabels.PaperSix, Paper.Labels);
        Assert.Equal(6, RecipeFile.Read<FaceStudySpec>(Paper.FaceStudy).Cells.Count);
        Assert.Equal(Paper.Labels, RecipeFile.Read<PairedStudySpec>(Paper.PairedStudy).Protocols.Single(protocol => protocol.Name == Paper.Protocol).Labels);
        Assert.Equal([PaperRows.Face, PaperRows.Fused, PaperRows.Speech], Paper.Printed.Matrices.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Judge_OfVoicesAndFacesThatKnowHalfEach_JoinsThemOnTheSamePairs()
    {
        var answered = First.Value;

        double Wa(string row) => answered.Rows[row].Scores.Wa;
        Assert.InRange(Wa(PaperRows.Speech), 0.2, 0.75);
        Assert.InRange(Wa(PaperRows.Face), 0.2, 0.75);
        Assert.InRange(Wa(PaperRows.Product), 0.9, 1);
        Assert.InRange(Wa(PaperRows.Fused), 0.9, 1);
        Assert.Equal(240, answered.Pairs.Select(pair => pair.Face).Distinct().Count());
        Assert.All(answered.Pairs.Zip(answered.Rows[PaperRows.Fused].Labels), one => Assert.Equal(Ravdess.Parse(one.First.Recording).Label, one.Second));
        Assert.All(answered.Pairs, pair => Assert.Contains(Ravdess.Parse(pair.Recording).Subject, StudyFolder.Folds[0]));
        Assert.Equal(answered.Pairs, Answered().Pairs);
    }

    [Fact]
    public void Write_OfOneCell_TellsPrintedAndOursAndItsFilesGiveTheSameFigures()
    {
        var answered = First.Value;
        var cell = new PaperCell(Cell("vgg16-dropout-0.3"), 0.3, answered.Rows, answered.Pairs, new PaperSeconds(1.5, 20, 0.01)) { CorrectionShare = 0.25 };
        var report = new PaperReport(_folder, Paper);

        var text = report.Write(
            new PaperTable(Paper, [cell], ["resnet34-dropout-0.3"], new Dictionary<string, string> { ["FER2013"] = "0" }, 1, 0.5) { FusionActors = StudyFolder.Folds[1] }, null, (JsonObject)JsonNode.Parse("""{ "paired6": { "n": 352, "folds": [ 1, 2 ], "rows": {} } }""")!,
            new Provenance("./emotion training reproduce-paper", "c", "m", 2, "10", "1.13.1", "1"));

        Assert.Contains("| fused (figure 7) | 78.0 | 85.0 | 67.2 | not run | not run |", text, StringComparison.Ordinal);
        Assert.Contains("Same performances: 352 clips, 2 of six folds", text, StringComparison.Ordinal);
        Assert.Contains("the films are not here", text, StringComparison.Ordinal);
        Assert.Contains("**Not run**: resnet34-dropout-0.3.", text, StringComparison.Ordinal);
        Assert.Contains("| vgg16-dropout-0.3 | 0.3 | 3 | 240 |", text, StringComparison.Ordinal);
        Assert.Contains("| 0.25 | 1.5 | 20.0 | 0.01 | 21.5 |", text, StringComparison.Ordinal);
        Assert.Equal(
            answered.Rows[PaperRows.Fused].Scores.Wa < answered.Rows[PaperRows.Product].Scores.Wa, text.Contains("In 1 of 1 cells the layers cost more than they give", StringComparison.Ordinal));
        Assert.Empty(report.Differences());
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "paper.json")))!;
        Assert.True((bool)json["drawn"]!["drawn"]!);
        Assert.Null(json["films"]);

        var csv = Path.Combine(_folder, "paper", "drawn-vgg16-dropout-0.3.csv");
        var lines = File.ReadAllLines(csv);
        File.WriteAllLines(csv, lines[..^1]);
        Assert.NotEmpty(report.Differences());
    }

    [Fact]
    public void Write_OfFilms_FillsTableOneAndTellsWhatWasTimed()
    {
        var answered = First.Value;
        var study = RecipeFile.Read<PairedStudySpec>("paired-study") with { Face = PairedModalities.FaceVideo };
        var runs = Path.Combine(_folder, "runs");
        for (var fold = 1; fold <= 6; fold++)
        {
            Made.AddCell(runs, Paper.Protocol, fold, RecipeFile.Digest(study), row => row == "fusion@mfcc-resnet18+resnet34-lstm" ? 0.9 : 0.4, new PairedRows(study));
        }

        var results = PairedResults.Read(runs, study).Single(one => one.Name == Paper.Protocol);
        var films = FilmTable.CellOf(Cell("resnet34-dropout-0.5"), 0.5, results, seconds: 12);
        var drawn = new PaperCell(Cell("resnet34-dropout-0.5"), 0.5, answered.Rows, answered.Pairs, new PaperSeconds(1.5, 20, 0.01));
        PaperTable Table(PaperCell cell) => new(Paper, [cell], [], new Dictionary<string, string>(), 1, 0.5);
        var report = new PaperReport(_folder, Paper);

        var text = report.Write(Table(drawn), Table(films), null, new Provenance("./emotion training reproduce-paper", "c", "m", 2, "10", "1.13.1", "1"));

        Assert.InRange(films.Rows[PaperRows.Fused].Scores.Wa, 0.85, 0.97);
        Assert.InRange(films.Rows[PaperRows.Face].Scores.Wa, 0.4, 0.6);
        Assert.Equal((1056, 24), (films.Pairs.Count, films.Rows[PaperRows.Fused].Subjects!.Distinct().Count()));
        Assert.DoesNotContain("Never run", text, StringComparison.Ordinal);
        Assert.Contains("| resnet34-dropout-0.5 | 0.5 | 3 | 1056 |", text, StringComparison.Ordinal);
        Assert.Contains("| not timed | 12.0 | not timed | not timed |", text, StringComparison.Ordinal);
        Assert.Contains("over 24 actors", text, StringComparison.Ordinal);
        Assert.Contains("films-face-confusion.svg", text, StringComparison.Ordinal);
        Assert.Empty(report.Differences());
    }

    [Fact]
    public void Bind_FusionUponAFaceNetworkThatWasTrainedAnew_IsRefused()
    {
        var run = new RunFolder(Path.Combine(_folder, "cell"));
        var upstream = new Dictionary<string, string> { [PaperRows.Speech] = "a", [PaperRows.Face] = "b" };
        RunUpstream.Bind(run, upstream, hasBegun: true);
        RunUpstream.Bind(run, upstream, hasBegun: true);

        upstream[PaperRows.Face] = "c";

        Assert.Contains("face b", Assert.Throws<ArgumentException>(() => RunUpstream.Bind(run, upstream, hasBegun: true)).Message, StringComparison.Ordinal);
        File.Delete(run.FilePath(RunUpstream.FileName)); // As of a time when it was not written down.
        Assert.Throws<ArgumentException>(() => RunUpstream.Bind(run, upstream, hasBegun: true));
    }

    [Fact]
    public void Faces_OfATrainedCell_AnswerAmongTheSixAndOfOneByAnotherRecipeAreRefused()
    {
        var study = RecipeFile.Read<FaceStudySpec>("face-study");
        var cell = study.Cells.Single(one => one.Name == "squeezenet-dropout-0.5");
        Assert.Null(PaperFaces.Open(study, cell, _folder, 1));
        var (run, recipe) = (new RunFolder(Path.Combine(_folder, cell.Name)), study.RecipeOf(cell));
        run.Begin(recipe);
        using (var network = TrainVideo.NetworkOf(recipe))
        {
            run.SaveBest(network);
        }

        run.WriteJson(FaceCell.FileName, Cell(cell.Name) with { Recipe = RecipeFile.Digest(recipe) });
        var random = new Random(1);
        List<FacePicture> pictures = [.. Enumerable.Range(0, 70).Select(i => new FacePicture($"{i}", 2, $"{i}", [.. Enumerable.Range(0, 48 * 48).Select(_ => (byte)random.Next(256))]))];

        using (var faces = PaperFaces.Open(study, cell, _folder, 1)!)
        {
            var said = faces.Of(pictures, EmotionLabels.Mask(Paper.Labels), Token);

            Assert.Equal(70, said.Count);
            Assert.All(said, one => Assert.Equal(1, one.Posterior.Sum(), 4));
            Assert.All(said, one => Assert.Equal((0, 0), (one.Posterior[EmotionLabels.IndexOf("calm")], one.Posterior[EmotionLabels.IndexOf("disgust")])));
            var aligner = new FaceAligner(recipe.FaceFrame);
            var maps = faces.Embed([.. pictures.Select(picture => FrameGraphJudge.Faces(aligner, [picture]))], timed: false);
            Assert.All(maps.Zip(said), pair => Assert.Equal(pair.Second.Embedding, pair.First));
            Assert.True(faces.Seconds > 0);
        }

        run.WriteJson(FaceCell.FileName, Cell(cell.Name) with { Recipe = "another" });
        Assert.Throws<ArgumentException>(() => PaperFaces.Open(study, cell, _folder, 1));
    }

    // Ten pictures of each label and as many of each half.
    private static PaperAnswered Answered()
    {
        var recipe = RecipeFile.Read<PairedStudySpec>("paired-study").Fusion;
        recipe = recipe with { Hidden = 8, Training = recipe.Training with { Epochs = 4, Averaging = 0.8 } };
        var random = new Random(1);
        Evidence Half(int label, Func<int, int> known)
        {
            var likely = Paper.Labels.Select(EmotionLabels.IndexOf).Where(other => known(Place(other)) == known(Place(label))).ToList();
            var posterior = new float[EmotionLabels.Count];
            foreach (var other in Paper.Labels.Select(EmotionLabels.IndexOf))
            {
                posterior[other] = likely.Contains(other) ? 0.9f / likely.Count + 0.01f * random.NextSingle() : 0.1f / (6 - likely.Count);
            }

            var sum = posterior.Sum();
            return new Evidence(label, [.. posterior.Select(share => share + 0.1f * random.NextSingle())], Array.ConvertAll(posterior, share => share / sum));
        }

        IReadOnlyDictionary<string, IReadOnlyList<Evidence>> Heard(int fold) => StudyFolder.Folds[fold - 1].SelectMany(StudyFolder.Recordings)
            .Where(one => Paper.Labels.Contains(EmotionLabels.Names[Ravdess.Parse(one).Label]))
            .ToDictionary(one => one, IReadOnlyList<Evidence> (one) => [Half(Ravdess.Parse(one).Label, place => place / 2)]);
        List<Evidence> Faces(int count) => [.. Enumerable.Range(0, count).Select(i => Half(EmotionLabels.IndexOf(Paper.Labels[i % 6]), place => place % 2))];
        var folder = Directory.CreateTempSubdirectory("emotion-paper-answered-").FullName;
        try
        {
            return new DrawnPairs(Paper, recipe).Judge(
                new PaperHeard(Heard(2), Heard(1)), Faces(120), [.. Faces(240).Select((face, i) => ($"picture-{i}", face))], new RunFolder(folder), Token);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Place(int label) => Paper.Labels.Index().Single(one => EmotionLabels.IndexOf(one.Item) == label).Index;

    private static FaceCell Cell(string name) => new()
    {
        Name = name, What = name, Epochs = 3, Side = 32, Parameters = 1, Minutes = 1, Commit = "0000000", SelectionWa = 0.5, Test = [], TestWithoutDuplicates = [],
    };
}
