using Emotion.Features;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion.Training.Tests.Fusion;

public sealed class ModalityPoolsTests
{
    private static readonly int Calm = EmotionLabels.IndexOf("calm");

    [Fact]
    public void Subsets_OfThreeModalities_AreSevenByName() => Assert.Equal(
        ["audio", "video", "audio+video", "text", "audio+text", "video+text", "audio+video+text"], Pools().Subsets.Select(subset => subset.Name));

    [Fact]
    public void Draw_OfEachSubset_HasItsModalitiesAndEveryLabelThatTheyCoverAlike()
    {
        var (pools, random) = (Pools(), new Random(1));
        foreach (var subset in pools.Subsets)
        {
            var tuples = Enumerable.Range(0, 1600).Select(_ => pools.Draw(subset, random)).ToList();

            Assert.All(tuples, tuple => Assert.Equal([subset.Has(0), subset.Has(1), subset.Has(2)], tuple.Evidence.Select(one => one is not null)));
            Assert.All(tuples, tuple => Assert.All(tuple.Evidence.OfType<Evidence>(), one => Assert.Equal(tuple.Label, one.Label)));
            var heardAlone = subset.Name == "audio";
            Assert.All(tuples, tuple => Assert.Equal(heardAlone, tuple.Allowed[Calm]));
            var labels = tuples.CountBy(tuple => tuple.Label).ToDictionary();
            Assert.Equal(heardAlone ? 8 : 7, labels.Count);
            Assert.Equal(heardAlone, labels.ContainsKey(Calm));
            Assert.All(labels.Values, count => Assert.InRange(count, 150, 280));
        }
    }

    [Fact]
    public void Draw_ForJudging_TakesLabelsInTurnAndLetsAllBeAnswered()
    {
        var pools = Pools();

        var tuples = pools.Draw(pools.Whole, 70, new Random(1));

        Assert.All(tuples.CountBy(tuple => tuple.Label), label => Assert.Equal(10, label.Value));
        Assert.All(tuples, tuple => Assert.DoesNotContain(false, tuple.Allowed));
        Assert.Equal(tuples.Select(tuple => tuple.Evidence[2]), pools.Draw(pools.Whole, 70, new Random(1)).Select(tuple => tuple.Evidence[2]));
    }

    [Fact]
    public void Pool_OfALargeAndASmallCorpus_DrawsFromBothAlike()
    {
        var pool = new ModalityPool(
            "text", Only(3), [.. Enumerable.Repeat(Of(3, "comments"), 90), .. Enumerable.Repeat(Of(3, "lines"), 10)]);
        var random = new Random(1);

        var drawn = Enumerable.Range(0, 1000).Select(_ => pool.Draw(3, random)).CountBy(one => one.Corpus).ToDictionary();

        Assert.InRange(drawn["lines"], 450, 550);
    }

    [Fact]
    public void Pool_WithoutAnExampleOfACoveredLabel_IsRefusedByName() =>
        Assert.Contains("'sad'", Assert.Throws<ArgumentException>(() => new ModalityPool("text", Only(2, 3), [Of(2, "lines")])).Message, StringComparison.Ordinal);

    [Fact]
    public void PresenceDraw_ByWeights_DrawsAsOftenAsTheySayAndRefusesASubsetWithoutOne()
    {
        var subsets = ModalitySubset.Of(["audio", "video"]);
        var weights = new Dictionary<string, double> { ["audio"] = 1, ["video"] = 1, ["audio+video"] = 2, ["text"] = 5 };
        var (draw, random) = (new PresenceDraw(subsets, weights), new Random(1));

        var drawn = Enumerable.Range(0, 1000).Select(_ => draw.Next(random).Name).CountBy(name => name).ToDictionary();

        Assert.InRange(drawn["audio+video"], 450, 550);
        Assert.InRange(drawn["audio"], 200, 300);
        weights.Remove("video");
        Assert.Contains("'video'", Assert.Throws<ArgumentException>(() => new PresenceDraw(subsets, weights)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("audio+text")]
    [InlineData("video+text")]
    [InlineData("audio+video+text")]
    public void Training_OfTuplesWithAModalityThatKnowsNoCalm_GivesCalmNoGradient(string name)
    {
        var gradient = Gradient(name);

        Assert.Equal(0, gradient[Calm]);
        Assert.NotEqual(0, gradient[0]);
    }

    [Fact]
    public void Training_OfTuplesWithOneModality_TeachesTheLayersNothing() => Assert.All(Gradient("audio"), label => Assert.Equal(0, label));

    // Of the last layer's bias, by label.
    private static float[] Gradient(string subset)
    {
        manual_seed(1);
        var (pools, random) = (Pools(), new Random(1));
        var recipe = RecipeFile.Read<FusionRecipe>("fusion");
        using var network = new FusionNetwork(TrainFusion.Shape(pools, recipe));
        using var scope = NewDisposeScope();
        var batch = EvidenceTuples.Batched(
            [.. Enumerable.Range(0, 32).Select(_ => pools.Draw(pools.Subsets.Single(one => one.Name == subset), random))], [4, 4, 4], recipe.Training.LabelSmoothing);
        var logits = EvidenceTuples.Logits(network, [.. batch.Inputs.Select(input => tensor(input.Values, input.Shape))]);
        TrainingLoop.SoftCrossEntropy(logits, tensor(batch.Targets, [batch.Count, EmotionLabels.Count])).backward();
        return network.Classifier.bias!.grad!.data<float>().ToArray();
    }

    private static ModalityPools Pools() => new([.. new[] { "audio", "video", "text" }.Select(name =>
    {
        bool[] covered = [.. Enumerable.Range(0, 8).Select(label => name == "audio" || label != Calm)];
        return new ModalityPool(name, covered, [.. Enumerable.Range(0, 40).Where(i => covered[i % 8]).Select(i => Of(i % 8, ""))]);
    })]);

    private static Evidence Of(int label, string corpus) =>
        new(label, [label, 1, 2, 3], [.. Enumerable.Repeat(1f / 8, 8)]) { Corpus = corpus };

    private static bool[] Only(params int[] labels) => [.. Enumerable.Range(0, 8).Select(label => labels.Contains(label))];
}
