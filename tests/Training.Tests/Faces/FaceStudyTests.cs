using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;
using Emotion.Training.Reports;

namespace Emotion.Training.Tests.Faces;

public class FaceStudyTests
{
    [Theory]
    [InlineData("face-study", 4, 32, false)]
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

    private static float[] Sure(int label) => [.. Enumerable.Range(0, EmotionLabels.Count).Select(i => i == label ? 1f : 0f)];

    private static FaceCell Cell(string name, double selection, double test) => new()
    {
        Name = name, What = name, Epochs = 5, Side = 48, Parameters = 1, Minutes = 1, Commit = "0000000", SelectionWa = selection,
        Test = new JsonObject { ["wa"] = test }, TestWithoutDuplicates = [],
    };
}
