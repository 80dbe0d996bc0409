using Emotion.Training.Loop;
using Emotion.Training.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion.Training.Tests;

public sealed class RunFolderTests : IDisposable
{
    private static readonly VideoRecipe Recipe = RecipeFile.Read<VideoRecipe>("video");
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-run-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Begin_RunOfAnotherRecipe_IsRefusedAndKeepsItsOwn()
    {
        Train(Recipe);

        var refused = Assert.Throws<ArgumentException>(() => new RunFolder(_folder).Begin(Recipe with { Dropout = 0.1 }));

        Assert.Contains("another recipe, 2 epochs of it: give another folder as --run", refused.Message, StringComparison.Ordinal);
        Assert.Equal(Recipe.Dropout, new RunFolder(_folder).ReadJson<VideoRecipe>(RunFolder.RecipeName).Dropout);
        Assert.Throws<ArgumentException>(() => new RunFolder(_folder).Begin(RecipeFile.Read<SequenceRecipe>("sequence")));
        Assert.Equal(2, Train(Recipe).Epoch);
    }

    [Fact]
    public void Begin_RunOfBeforeDigestsWereKept_GoesOnByTheRecipeInItsFolder()
    {
        Train(Recipe);
        File.WriteAllText(Path.Combine(_folder, "state.json"), """{"Epoch":2,"Best":0.4664027801170611}""");

        Assert.Throws<ArgumentException>(() => new RunFolder(_folder).Begin(Recipe with { Init = null }));
        Assert.Equal(new RunState(2, 0.4664027801170611), Train(Recipe));
    }

    [Fact]
    public void TrainedOver_OtherWeights_AreRefusedAndItsOwnAreNot()
    {
        RunFolder Frames(string name, string weights)
        {
            var run = new RunFolder(Directory.CreateDirectory(Path.Combine(_folder, name)).FullName);
            File.WriteAllText(run.Best, weights);
            return run;
        }

        var (first, second) = (Frames("first", "one network"), Frames("second", "another network"));
        var run = new RunFolder(Path.Combine(_folder, "sequence"));
        Assert.Contains("does not say", Assert.Throws<ArgumentException>(() => TrainedOver.Require(run, first)).Message, StringComparison.Ordinal);
        Assert.Contains("no trained network", Assert.Throws<ArgumentException>(
            () => TrainedOver.Begin(run, new RunFolder(Path.Combine(_folder, "third")))).Message, StringComparison.Ordinal);

        TrainedOver.Begin(run, second); // Nothing was trained yet: it may begin over another network.
        TrainedOver.Begin(run, first);
        File.WriteAllText(run.FilePath("state.json"), """{"Epoch":1,"Best":0.5}""");
        TrainedOver.Begin(run, first);
        TrainedOver.Require(run, first);

        Assert.Contains("over other weights", Assert.Throws<ArgumentException>(() => TrainedOver.Begin(run, second)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => TrainedOver.Require(run, second));
        File.Delete(run.FilePath(TrainedOver.FileName));
        Assert.Throws<ArgumentException>(() => TrainedOver.Begin(run, first));
    }

    [Fact]
    public void Digest_OfARecipe_IsOfWhatItSays()
    {
        Assert.Equal(RecipeFile.Digest(Recipe), RecipeFile.Digest(RecipeFile.FromJson<VideoRecipe>(RecipeFile.ToJson(Recipe))));
        Assert.NotEqual(RecipeFile.Digest(Recipe), RecipeFile.Digest(Recipe with { Mirrored = !Recipe.Mirrored }));
        Assert.NotEqual(RecipeFile.Digest(Recipe), RecipeFile.Digest(Recipe with { Stages = [.. Recipe.Stages.Reverse()] }));
    }

    // A new run is left after two epochs.
    private RunState Train(VideoRecipe recipe)
    {
        using var module = nn.Linear(2, 2);
        using var optimizer = optim.SGD(module.parameters(), 0.1, 0.9);
        var run = new RunFolder(_folder);
        run.Begin(recipe);
        var state = run.Resume(module, optimizer);
        if (state.Epoch == 0)
        {
            run.Save(module, optimizer, new RunState(2, 0.5));
        }

        return state.Epoch == 0 ? state : state with { Recipe = null };
    }
}
