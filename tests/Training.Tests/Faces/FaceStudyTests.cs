using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Training.Commands;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Recipes;
using Emotion.Training.Reports;

namespace Emotion.Training.Tests.Faces;

public class FaceStudyTests
{
    [Theory]
    [InlineData("face-study", 3, 32, false)]
    [InlineData("face-study-full", 60, 48, true)]
    public void Study_AsShipped_ComparesThreeNetworksWithTwoDropoutsUnderOneBudget(string file, int epochs, int side, bool mirrored)
    {
        var study = RecipeFile.Read<FaceStudySpec>(file);

        var recipes = study.Cells.Select(study.RecipeOf).ToList();

        Assert.Equal(
            ["resnet34 0.3", "resnet34 0.5", "squeezenet 0.3", "squeezenet 0.5", "vgg16 0.3", "vgg16 0.5"],
            recipes.Select(recipe => FormattableString.Invariant($"{recipe.Network} {recipe.Dropout}")).Order());
        Assert.All(recipes, recipe =>
        {
            Assert.Null(recipe.Init);
            Assert.Equal((epochs, side, mirrored), (recipe.Training.Epochs, recipe.Stages[^1].Size, recipe.Mirrored));
            Assert.Equal(recipes[0].Training, recipe.Training);
            Assert.Equal(recipes[0].Stages, recipe.Stages);
            Assert.Equal(recipe.Training.Epochs, recipe.Stages.Sum(stage => stage.Epochs));
        });
        Assert.Equal(study.Cells.Count, study.Cells.Select(cell => cell.Name).Distinct().Count());
    }

    [Fact]
    public void Best_OfANetwork_IsChosenBySelectionAndNotByTheTest()
    {
        FaceCell[] cells = [Cell("vgg16-dropout-0.3", 0.5, 0.6), Cell("vgg16-dropout-0.5", 0.55, 0.4), Cell("squeezenet-dropout-0.3", 0.9, 0.9)];

        Assert.Equal("vgg16-dropout-0.5", FaceReport.Best(cells, "vgg16")!.Name);
        Assert.Null(FaceReport.Best(cells, "resnet34"));
    }

    [Fact]
    public void WaDifference_OfPairedAnswers_HoldsWhatIsTrueAndIsNarrowerThanEitherAlone()
    {
        // Both err on the same half; the second errs on one more in a hundred.
        var labels = Enumerable.Range(0, 1000).Select(i => i % 2 == 0 ? 2 : 3).ToArray();
        var one = new Judged("one", labels, [.. labels.Select(_ => Sure(2))], null);
        var other = new Judged("other", labels, [.. labels.Select((_, i) => Sure(i % 100 == 0 ? 3 : 2))], null);

        var (low, high) = Bootstrap.WaDifference(other, one);

        Assert.InRange(low, -0.02, -0.0101);
        Assert.InRange(high, -0.0099, -0.001);
        Assert.Equal((0, 0), Bootstrap.WaDifference(one, one));
    }

    [Fact]
    public void Interval_OfFewPeopleWithManyExamples_IsOverPeople()
    {
        // Three people, twenty examples each, all of one person alike: one of them is never recognised.
        var labels = Enumerable.Repeat(2, 60).ToArray();
        float[][] posteriors = [.. Enumerable.Range(0, 60).Select(i => Sure(i < 20 ? 3 : 2))];
        var loose = new Judged("pictures", labels, posteriors, null);
        var people = loose with { Subjects = [.. Enumerable.Range(0, 60).Select(i => $"S{i / 20}")] };
        var better = people with { Posteriors = [.. labels.Select(Sure)] };

        Assert.InRange(Bootstrap.Interval(loose, Scores.WaOf).Low, 0.5, 0.6);
        Assert.Equal(new Interval(0, 1), Bootstrap.Interval(people, Scores.WaOf));
        Assert.Equal((0, 1), Bootstrap.WaDifference(better, people));
        Assert.Equal(3, (int)people.ToJson()["subjects"]!);
        Assert.False(loose.ToJson().ContainsKey("subjects"));
    }

    [Fact]
    public void SelectionOf_AveragedWeights_IsTheLastFigureAndNotTheBest()
    {
        JsonNode[] epochs = [Epoch(0.5), Epoch(0.7), new JsonObject { ["selection"] = null }, Epoch(0.6)];

        Assert.Equal(0.6, FaceCell.SelectionOf(epochs, averaged: true));
        Assert.Equal(0.7, FaceCell.SelectionOf(epochs, averaged: false));

        static JsonObject Epoch(double wa) => new() { ["selection"] = new JsonObject { ["wa"] = wa } };
    }

    [Fact]
    public void Study_WithACellThatFails_TrainsTheOthersAndSaysHowManyFailed()
    {
        var (cells, trained, said) = (RecipeFile.Read<FaceStudySpec>("face-study").Cells, new List<string>(), new List<string>());

        var failed = FaceStudyCommand.ForEach(cells, said.Add, (cell, _) =>
        {
            trained.Add(cell.Name);
            if (cell == cells[1])
            {
                throw new InvalidOperationException("no memory");
            }
        });

        Assert.Equal(1, failed);
        Assert.Equal(cells.Select(cell => cell.Name), trained);
        Assert.Contains("no memory", Assert.Single(said), StringComparison.Ordinal);
        Assert.Throws<OperationCanceledException>(() => FaceStudyCommand.ForEach(cells, said.Add, (_, _) => throw new OperationCanceledException()));
    }

    [Fact]
    public void Cells_OfTheReport_AreThoseOfTheStudysRecipesAndTheOthersAreNamed()
    {
        var folder = Directory.CreateTempSubdirectory("emotion-cells-").FullName;
        var study = RecipeFile.Read<FaceStudySpec>("face-study");
        void Put(int index, VideoRecipe recipe, bool digest)
        {
            var run = new RunFolder(Path.Combine(folder, study.Cells[index].Name));
            run.Begin(recipe);
            run.WriteJson(FaceCell.FileName, Cell(study.Cells[index].Name, 0.5, 0.5) with { Recipe = digest ? RecipeFile.Digest(recipe) : null });
        }

        Put(0, study.RecipeOf(study.Cells[0]), digest: true);
        Put(1, study.RecipeOf(study.Cells[1]), digest: false);
        Put(2, study.RecipeOf(study.Cells[2]) with { Dropout = 0.1 }, digest: true);
        Put(3, study.RecipeOf(study.Cells[3]) with { Dropout = 0.1 }, digest: false);

        FaceCell Told(int index, VideoRecipe recipe) => Cell(study.Cells[index].Name, 0.5, 0.5) with { Recipe = RecipeFile.Digest(recipe) };

        var before = new[] { Told(4, study.RecipeOf(study.Cells[4])), Told(5, study.RecipeOf(study.Cells[4])) };
        var cells = FaceReportCommand.Cells(folder, before);

        Assert.Equal([.. study.Cells.Take(2).Select(cell => cell.Name), study.Cells[4].Name], cells.Told.Select(cell => cell.Name));
        Assert.Equal(study.Cells.Skip(2).Take(2).Select(cell => cell.Name), cells.OfAnotherRecipe);
        Assert.Equal([study.Cells[5].Name], cells.NotRun);
        Directory.Delete(folder, recursive: true);
    }

    private static float[] Sure(int label) => [.. Enumerable.Range(0, EmotionLabels.Count).Select(i => i == label ? 1f : 0f)];

    private static FaceCell Cell(string name, double selection, double test) => new()
    {
        Name = name, What = name, Epochs = 5, Side = 48, Parameters = 1, Minutes = 1, Commit = "0000000", SelectionWa = selection,
        Test = new JsonObject { ["wa"] = test }, TestWithoutDuplicates = [],
    };
}
