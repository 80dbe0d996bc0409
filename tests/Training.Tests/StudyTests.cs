using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Features.Mfcc;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;
using Emotion.Training.Studies;

namespace Emotion.Training.Tests;

public sealed class StudyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("""{"a":1,"b":{"c":2,"d":3}}""", """{"b":{"c":null,"d":4},"e":5}""", """{"a":1,"b":{"d":4},"e":5}""")]
    [InlineData("""{"a":[1,2]}""", """{"a":[3]}""", """{"a":[3]}""")]
    [InlineData("""{"a":"b"}""", """{"a":{"c":1}}""", """{"a":{"c":1}}""")]
    public void MergePatch_OfRfc7396_ChangesWhatItNames(string target, string patch, string expected) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), MergePatch.Apply(JsonNode.Parse(target), JsonNode.Parse(patch))));

    [Fact]
    public void CellPosteriors_WrittenAndRead_ComeBack()
    {
        var path = Path.Combine(_folder, CellPosteriors.FileName);
        float[] posterior = [0.5f, 0.25f, 0.125f, 0.125f, 0, 0, 0, 0];

        CellPosteriors.Write(path, [new CellPosterior("test", "03-01-01-01-01-01-01", 3, posterior)]);

        var row = Assert.Single(CellPosteriors.Read(path));
        Assert.Equal(("test", "03-01-01-01-01-01-01", 3), (row.Part, row.Recording, row.Label));
        Assert.Equal(posterior, row.Posterior);
    }

    [Fact]
    public void CellPosteriors_WithABrokenLine_IsRefusedByLine()
    {
        var path = Path.Combine(_folder, CellPosteriors.FileName);
        File.WriteAllLines(path, [CellPosteriors.Header, "test,x,merry,1,0,0,0,0,0,0,0"]);

        Assert.Contains("line 2", Assert.Throws<CorpusException>(() => CellPosteriors.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShippedStudy_EachRow_MakesARecipe()
    {
        var spec = RecipeFile.Read<StudySpec>("speech-study");

        Assert.Equal(spec.Rows.Count, spec.Rows.Select(row => row.Name).Distinct().Count());
        Assert.All(spec.Rows.Where(row => row.Beside is not null), row =>
        {
            Assert.Contains(spec.Rows, network => network.Name == row.Beside && network.Beside is null && !row.Folds.Except(network.Folds).Any());
            Assert.True(SpeechStudy.BranchOf(row).Training.Averaging > 0);
        });
        Assert.All(spec.Rows.Where(row => row.Beside is null), row => Assert.All(row.Folds, fold =>
        {
            var split = SpeechStudy.RecipeOf(row, fold).Split;
            Assert.Equal(fold, split.TestFold);
            Assert.Equal([0, 1], split.ValidationActors.Select(actor => actor % 2).Order());
        }));
        Assert.Contains(19, SpeechStudy.RecipeOf(spec.Rows[0], 1).Split.ValidationActors);
    }

    [Fact]
    public void ShippedStudy_EachRow_MakesABatchOfItsRecipe()
    {
        var random = new Random(1);
        var recordings = Enumerable.Range(0, 16).Select(i => new SpeechRecording(
            $"hum-{i}", i % EmotionLabels.Count, 1, [.. Enumerable.Range(0, 16000).Select(t => (short)(8000 * Math.Sin(t * 0.05) + random.Next(-900, 900)))])).ToList();
        var networks = RecipeFile.Read<StudySpec>("speech-study").Rows.Where(row => row.Beside is null);

        Assert.All(networks, row =>
        {
            var recipe = SpeechStudy.RecipeOf(row, 1);
            var source = new SpeechRecordings(recordings, recipe, new MfccFrontEnd(recipe.Mfcc.WithoutNormalisation()));
            Assert.Equal(recipe.Training.BatchSize, source.Epoch(1, new Random(2)).First().Count);
        });
    }

    [Fact]
    public void Recipe_ThatMasksBandsWithoutAPicture_IsRefused()
    {
        var recipe = RecipeFile.Read<AudioRecipe>("audio") with { Input = null };

        var wrong = Assert.Throws<ArgumentException>(() => new SpeechRecordings([], recipe, new MfccFrontEnd(recipe.Mfcc.WithoutNormalisation())));
        Assert.Contains("bandMasks to 0", wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tess", "OAF_back_ps", "surprised")]
    [InlineData("urdu", "Sad/SM1_F10_A010", "sad")]
    public void AuxiliarySpeech_NamedByItsCorpus_HasOurLabelAndNoActor(string corpus, string name, string label)
    {
        var recording = AuxiliarySpeech.Parse(corpus, name, []);

        Assert.Equal(label, EmotionLabels.Names[recording!.Label]);
        Assert.True(recording.Subject < 0);
    }

    [Fact]
    public void FusionActors_ThatTheSpeechNetworkTrainedOn_AreRefused()
    {
        static SpeechRecording[] Of(params int[] actors) => [.. actors.Select(actor => new SpeechRecording("r", 0, actor, []))];
        var speech = new SpeechSplit(Of(2, 3), Of(8, 9), [], Of(1));

        Assert.Equal(2, FusionEvidence.Spoken(speech, [8, 9]).Count);
        Assert.Throws<ArgumentException>(() => FusionEvidence.Spoken(speech, [8, 3]));
    }

    [Fact]
    public void CellCalibration_OfARow_PoolsTheValidationPartsWithoutTheFoldsOwnTestActors()
    {
        var row = new StudyRow("row", "", "audio", [], [1, 2], 1, false);
        void Write(int fold, int actor, float sure)
        {
            var folder = Directory.CreateDirectory(Path.Combine(_folder, "row", $"fold-{fold}")).FullName;
            float[] posterior = [sure, 1 - sure, 0, 0, 0, 0, 0, 0];
            CellPosteriors.Write(Path.Combine(folder, "validation-uncalibrated.csv"), Enumerable.Range(0, 10).Select(i =>
                new CellPosterior(CellPosterior.Validation, $"03-01-01-01-01-01-{actor:00}", i % 2, posterior)));
        }

        // Right every second time: the surer, the more temperature is needed.
        Write(1, 8, 0.6f);
        Write(2, 1, 0.99f);
        var calibration = new CellCalibration(new DataRoot(_folder, _folder), _folder, _ => { });

        var (first, second) = (calibration.Fit(row, [1, 11]), calibration.Fit(row, [4, 10]));

        Assert.Equal([8], first.Actors);
        Assert.Equal([1, 8], second.Actors);
        Assert.True(second.Temperature >= first.Temperature);
    }
}
