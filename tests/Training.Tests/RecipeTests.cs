using Emotion.Features.Faces;
using Emotion.Features.Mfcc;
using Emotion.Training.Commands;
using Emotion.Training.Recipes;

namespace Emotion.Training.Tests;

public class RecipeTests
{
    [Fact]
    public void VideoRecipe_AsShipped_IsCompleteAndSeesCropsAtItsLastSize()
    {
        var recipe = RecipeFile.Read<VideoRecipe>("video");

        Assert.Equal(recipe.Training.Epochs, recipe.Stages.Sum(stage => stage.Epochs));
        Assert.Equal(recipe.Stages[^1].Size, recipe.View.Side ?? recipe.FaceFrame.CropSize);
        Assert.Equal(recipe.Stages[^1], recipe.StageAt(recipe.Training.Epochs - 1));
        Assert.Equal(recipe.FaceFrame, new FaceAligner(recipe.FaceFrame).Spec);
    }

    /// <summary>A recipe of before tracks and following had revisions, and the digest that its run has in its state: with another the run is over.</summary>
    [Fact]
    public void VideoRecipe_OfARunOfBeforeRevisions_KeepsItsDigestAndItsWords()
    {
        var recipe = RecipeFile.Read<VideoRecipe>(Path.Combine(AppContext.BaseDirectory, "Golden", "video-recipe.json"));

        Assert.Equal("7af6a5d136d22bafcd4aed82261da65b6b76bb91325c236a51bcb7a3f5d59004", RecipeFile.Digest(recipe));
        Assert.DoesNotContain("\"revision\":", RecipeFile.ToJson(recipe)["faceFrame"]!["tracks"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("\"revision\":", RecipeFile.ToJson(recipe)["faceFrame"]!["detector"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void AudioRecipe_AsShipped_MakesTheFeaturesOfTheContract()
    {
        var frontEnd = new MfccFrontEnd(RecipeFile.Read<AudioRecipe>("audio").Mfcc.WithoutNormalisation());

        Assert.Equal(192 * 40, frontEnd.FeatureCount);
    }

    [Fact]
    public void Recipe_ThroughAManifest_ComesBackWhole()
    {
        var recipe = RecipeFile.Read<FusionRecipe>("fusion");

        Assert.Equal(
            RecipeFile.ToJson(recipe).ToJsonString(), RecipeFile.ToJson(RecipeFile.FromJson<FusionRecipe>(RecipeFile.ToJson(recipe))).ToJsonString());
        Assert.Equal([8], RecipeFile.FromJson<FusionRecipe>(RecipeFile.ToJson(recipe)).TrainingActors);
    }

    [Fact]
    public void Recipe_WithAMissingOrUnknownNumber_IsRefusedByName()
    {
        var file = Path.GetTempFileName() + ".json";
        var text = RecipeFile.ToJson(RecipeFile.Read<FusionRecipe>("fusion"));
        text.Remove("hidden");
        File.WriteAllText(file, text.ToJsonString());
        Assert.Contains("hidden", Assert.Throws<ArgumentException>(() => RecipeFile.Read<FusionRecipe>(file)).Message, StringComparison.OrdinalIgnoreCase);

        text["hidden"] = 8;
        text["hiden"] = 8;
        File.WriteAllText(file, text.ToJsonString());
        Assert.Contains("hiden", Assert.Throws<ArgumentException>(() => RecipeFile.Read<FusionRecipe>(file)).Message, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Theory]
    [InlineData("sequence", "sequence", "sequence", "sequence")]
    [InlineData("sequence", "sequence", "sequence-videos", "sequence-videos")]
    [InlineData("text", "text-classifier", "text-classifier", "text")]
    [InlineData("video", "video", "/somewhere/small.json", "small")]
    public void RunName_OfARecipe_IsItsOwn(string command, string shipped, string recipe, string run) =>
        Assert.Equal(run, TrainingCommandLine.RunName(command, shipped, recipe));

    [Fact]
    public void LearningRate_OverATraining_RisesThenFallsToItsFinalFraction()
    {
        var spec = RecipeFile.Read<VideoRecipe>("video").Training.Optimizer;

        Assert.True(spec.LearningRateAt(0) > 0);
        Assert.Equal(spec.LearningRate, spec.LearningRateAt(spec.WarmupFraction), 9);
        Assert.Equal(spec.LearningRate * spec.FinalFraction, spec.LearningRateAt(1), 9);
        Assert.True(spec.LearningRateAt(0.6) < spec.LearningRateAt(0.4));
    }
}
