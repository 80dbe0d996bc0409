using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Recipes;
using Emotion.Training.Studies;
using Emotion.Training.Studies.Paired;
using Emotion.Training.Tests.Reports;

namespace Emotion.Training.Tests.Fusion;

/// <summary>The paired study on performances that are made up: the encoder hears half of what there is to know, the face shows the other half.</summary>
public sealed class PairedStudyTests : IClassFixture<NetworksThatHear>, IDisposable
{
    private static readonly List<PairedRecording> Performances = MakePerformances();
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-paired-").FullName;
    private readonly NetworksThatHear _hearing;

    public PairedStudyTests(NetworksThatHear hearing)
    {
        _hearing = hearing;
        Directory.CreateDirectory(Path.Combine(_folder, "ravdess"));
        File.WriteAllLines(Path.Combine(_folder, "ravdess", "folds.csv"),
            StudyFolder.Folds.Select((actors, i) => $"{i + 1},{string.Join(' ', actors.Select(actor => $"{actor:00}"))}").Prepend("fold,test_actors"));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Runs => Path.Combine(_folder, "runs");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    [InlineData(5, 6)]
    [InlineData(6, 5)]
    public void Held_OfAPair_IsTheOtherFold(int test, int held)
    {
        Assert.Equal(held, PairedFolds.Held(test));
        Assert.Equal(PairedFolds.Name([test, held]), PairedFolds.Name([held, test]));
    }

    [Fact]
    public void SpeechRecipe_OfAPair_LeavesBothFoldsOut()
    {
        var spec = RecipeFile.Read<PairedStudySpec>("paired-study");

        var split = PairedNetworks.SpeechRecipe(new DataRoot(_folder, _folder), spec, [3, 4]).Split;

        Assert.Equal(3, split.TestFold);
        Assert.Equal(StudyFolder.Folds[3], split.ValidationActors);
        Assert.Equal(["paired8", "paired6"], spec.Protocols.Select(protocol => protocol.Name));
        Assert.Equal(EmotionLabels.PaperSix, spec.Protocols[1].Labels);
    }

    [Theory]
    [InlineData(PairedModalities.ActionUnits)]
    [InlineData(PairedModalities.FaceVideo)]
    public async Task RunAsync_OfAPairOfFolds_JoinsWhatEachInputKnowsAndTrainsEachNetworkOnce(string face)
    {
        var said = new List<string>();
        var spec = Small("paired6") with { Face = face };
        var study = Study(said, spec);
        _hearing.CopyTo(Path.Combine(Runs, "paired6"));

        Assert.True(await study.RunAsync(null, null, Token) == 0, string.Join('\n', said));

        _hearing.Keep(Path.Combine(Runs, "paired6"));
        var results = Assert.Single(PairedResults.Read(Runs, spec));
        Assert.Equal([PairedModalities.Speech, PairedModalities.Encoder, face], results.Table.Modalities);
        Assert.Equal([1, 2], results.Cells.Select(cell => cell.Facts.Fold));
        Assert.Equal(StudyFolder.Folds[1], results.Cells[0].Facts.HeldActors);
        Assert.All(results.Cells, cell => Assert.All(cell.Test.Values, answers => Assert.Equal(
            cell.Facts.TestActors, answers.Select(answer => answer.Actor).Distinct().Order())));
        double Uar(string row) => SpeechFigures.ScoresOf(results.Rows[row]).Uar;
        Assert.InRange(Uar(PairedModalities.Encoder), 0.2, 0.75);
        Assert.All(new[] { PairedRows.Product, PairedRows.Weights, PairedRows.Fusion, PairedRows.Attention }, row => Assert.InRange(Uar(row), 0.85, 1));
        Assert.All(results.Rows.Values.SelectMany(answers => answers), answer => Assert.Equal(0, answer.Posterior[EmotionLabels.IndexOf("calm")]));
        Assert.Equal(["without-1-2"], Directory.GetDirectories(Path.Combine(Runs, "paired6", PairedModalities.Speech)).Select(Path.GetFileName));
        Assert.Equal(11, Directory.GetDirectories(Path.Combine(Runs, "paired6", PairedModalities.Encoder)).Length);
        // A face network that a fold trains serves a pair of folds, as the speech network does; numbers that no fold has trained are crossed over all.
        Assert.Equal(face == PairedModalities.FaceVideo ? 1 : 11, Directory.GetDirectories(Path.Combine(Runs, "paired6", face)).Length);
        Assert.Equal(results.Cells[0].Facts.TestClips, results.Cells[0].Test[face].Count);

        said.Clear();
        Assert.Equal(0, await study.RunAsync(null, null, Token));
        Assert.Equal(2, said.Count(line => line.EndsWith("there already", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task RunAsync_OverCellsOfOtherNumbers_FailsInsteadOfMixingThem()
    {
        Made.AddCell(Runs, "paired6", 1, "other numbers", _ => 0.5);
        var said = new List<string>();

        Assert.Equal(1, await Study(said, Small("paired6")).RunAsync(null, [1], Token));

        Assert.Contains("by other numbers", said[0], StringComparison.Ordinal);
        Assert.Throws<CorpusException>(() => PairedResults.Read(Runs, Small("paired6")));
    }

    [Fact]
    public async Task BranchAsync_OfNumbersThatMeanNothing_KnowsNothingOfFoldsThatItNeverSaw()
    {
        var random = new Random(1);
        var corpus = new PairedCorpus([.. Performances.Select(one => one with { ActionUnits = [.. Enumerable.Range(0, 60).Select(_ => random.NextSingle())] })],
            new Dictionary<string, string>(), null);
        var spec = Small("paired6");
        spec = spec with { ActionUnits = spec.ActionUnits with { Training = spec.ActionUnits.Training with { Epochs = 40, Mixup = 0 } } };
        var networks = new PairedNetworks(new DataRoot(_folder, _folder), spec, spec.Protocols[0], corpus, Runs, _ => { });

        async Task<double> HitsAsync(int of) => (await networks.BranchAsync(PairedModalities.ActionUnits, [1, 2], of, Token)).Values
            .Average(said => Scores.Prediction(said[0].Posterior, null) == said[0].Label ? 1.0 : 0);

        // What it learned from it has by heart: an answer about that would be worth nothing, and would look like much.
        Assert.InRange(await HitsAsync(3), 0.6, 1);
        Assert.InRange(await HitsAsync(1), 0, 0.4);
        Assert.InRange(await HitsAsync(2), 0, 0.4);
    }

    [Fact]
    public void PairedTuples_OfAClipWithoutOneInput_NeverHasItAndShowsWholeClipsMoreOften()
    {
        var recipe = RecipeFile.Read<PairedStudySpec>("paired-study").Fusion with { WholeRepeats = 3 };
        Evidence Said(int size) => new(0, new float[size], [1, 0, 0, 0, 0, 0, 0, 0]);
        var (whole, partial) = (new PairedClip("a", 1, 0, [[Said(4)], [Said(3), Said(3)], [Said(2)]]), new PairedClip("b", 2, 1, [[], [Said(3)], [Said(2)]]));
        var tuples = new PairedTuples([whole, partial], ModalitySubset.Of(["a", "b", "c"]), [.. Enumerable.Repeat(true, 8)], recipe);

        Assert.Equal(4, tuples.Count);
        var random = new Random(1);
        var seen = Enumerable.Range(0, 50).SelectMany(epoch => tuples.Epoch(epoch, random)).SelectMany(batch => Enumerable.Range(0, batch.Count).Select(row => (
            Label: Array.IndexOf(batch.Targets[(8 * row)..(8 * row + 8)], batch.Targets[(8 * row)..(8 * row + 8)].Max()),
            Present: batch.Inputs[6].Values[(3 * row)..(3 * row + 3)]))).ToList();
        Assert.All(seen.Where(one => one.Label == 1), one => Assert.True(one.Present[0] == 0 && one.Present.Sum() > 0));
        Assert.Equal(7, seen.Where(one => one.Label == 0).Select(one => string.Join("", one.Present)).Distinct().Count());
    }

    [Fact]
    public void CalibratedAnswers_OfAnswersThatBoast_AreCooledAndKeepTheShareThatIsAskedFor()
    {
        // Sure of 0.99, and right two times of three.
        float[] boast = [0.99f, 0.01f, 0, 0, 0, 0, 0, 0];
        var answers = new CalibratedAnswers([.. Enumerable.Repeat(boast, 30)], [.. Enumerable.Range(0, 30).Select(i => i % 3 == 0 ? 1 : 0)], 0.6);

        Assert.Equal(2.0 / 3, answers.Apply(boast)[0], 2);
        var spread = Enumerable.Range(0, 10).Select(i => new[] { 0.5f + i / 25f, 0.5f - i / 25f, 0, 0, 0, 0, 0, 0 }).ToList();
        var chosen = new CalibratedAnswers(spread, [0, 1, 0, 1, 0, 0, 0, 0, 0, 0], 0.6);
        Assert.Equal(6, spread.Count(posterior => chosen.Apply(posterior).Max() >= chosen.Fit.UncertainBelow));
    }

    [Fact]
    public void ActionUnits_OfAFileWithABrokenLine_AreRefusedByLine()
    {
        var data = new DataRoot(_folder, _folder);
        var file = Path.Combine(_folder, "ravdess", "action-units.csv");
        File.WriteAllLines(file, ["clip,…", "01-01-08-02-01-01-19," + string.Join(',', Enumerable.Repeat("0.5", ActionUnits.Count))]);

        Assert.Equal(Enumerable.Repeat(0.5f, ActionUnits.Count), ActionUnits.Read(data).Of("03-01-08-02-01-01-19"));
        Assert.Throws<CorpusException>(() => ActionUnits.Read(data).Of("03-01-08-02-01-01-20"));
        File.AppendAllText(file, "01-01-08-02-01-02-19,1,2\n");
        Assert.Contains("line 3", Assert.Throws<CorpusException>(() => ActionUnits.Read(data)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PairedModalities_OfAFaceThatThereIsNot_AreRefused() =>
        Assert.Contains("resnet34-lstm", Assert.Throws<ArgumentException>(() => new PairedRows(Small("paired6") with { Face = "mask" })).Message, StringComparison.Ordinal);

    private PairedStudy Study(List<string> said, PairedStudySpec spec) => new(
        new DataRoot(_folder, _folder), spec,
        _ => Task.FromResult(new PairedCorpus(Performances, new Dictionary<string, string> { ["made up"] = "0" }, null)), Runs, said.Add);

    private static PairedStudySpec Small(string protocol)
    {
        var spec = RecipeFile.Read<PairedStudySpec>("paired-study");
        static BranchRecipe Short(BranchRecipe recipe) => recipe with
        {
            Hidden = 16, InputDropout = 0, Dropout = 0, Training = recipe.Training with { Epochs = 12, Averaging = 0.8, BatchSize = 32, Optimizer = recipe.Training.Optimizer with { LearningRate = 0.01 } },
        };
        return spec with
        {
            Protocols = [spec.Protocols.Single(one => one.Name == protocol)],
            Folds = [1, 2],
            Encoder = Short(spec.Encoder),
            ActionUnits = Short(spec.ActionUnits),
            FaceVideo = spec.FaceVideo with { Hidden = 8, Training = spec.FaceVideo.Training with { Epochs = 12, Averaging = 0.8, Optimizer = spec.FaceVideo.Training.Optimizer with { LearningRate = 0.01 } } },
            Fusion = spec.Fusion with { Hidden = 8, Training = spec.Fusion.Training with { Epochs = 4, Averaging = 0.8 } },
            SpeechPatch = (JsonObject)JsonNode.Parse("""
                {"network":"squeezenet","stem":"conv3x3-stride2-pool","teacher":null,"training":{"epochs":1,"averaging":0.5,"mixup":0.0},"mfcc":{"frames":32}}
                """)!,
        };
    }

    // Two performances of each label by each actor. The encoder hears label / 2, the face shows label % 2.
    private static List<PairedRecording> MakePerformances()
    {
        var random = new Random(1);
        float[] Noisy(int size, int hot) => [.. Enumerable.Range(0, size).Select(i => (i == hot ? 2 : 0) + 0.4f * random.NextSingle())];
        return
        [
            .. from fold in Enumerable.Range(1, 6)
               from actor in StudyFolder.Folds[fold - 1]
               from label in Enumerable.Range(0, 8)
               from take in Enumerable.Range(1, 2)
               select new PairedRecording(
                   new SpeechRecording(
                       $"03-01-{label + 1:00}-01-01-{take:00}-{actor:00}", label, actor,
                       [.. Enumerable.Range(0, 12000).Select(t => (short)(6000 * Math.Sin(t * (0.05 + 0.01 * actor)) + random.Next(-900, 900)))]),
                   fold, [Noisy(6, label / 2), Noisy(6, label / 2)], Noisy(3, label % 2))
               {
                   // In one film of the first fold no face was found.
                   Faces = (actor, label, take) == (1, 0, 1) ? null : [.. Enumerable.Range(0, 3 + take).Select(_ => Noisy(3, label % 2))],
               },
        ];
    }
}

/// <summary>What the encoder and the speech network learned in the first study: it is the same whatever the face, so the next one finds it there.</summary>
public sealed class NetworksThatHear : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-hearing-").FullName;

    public void CopyTo(string runs) => Folders.Copy(_folder, runs);

    public void Keep(string runs)
    {
        foreach (var modality in new[] { PairedModalities.Encoder, PairedModalities.Speech }.Where(name => !Directory.Exists(Path.Combine(_folder, name))))
        {
            Folders.Copy(Path.Combine(runs, modality), Path.Combine(_folder, modality));
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
