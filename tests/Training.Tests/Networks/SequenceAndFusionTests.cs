using Emotion.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion.Training.Tests.Networks;

public sealed class SequenceNetworkTests
{
    private static SequenceNetwork Network(double dropout = 0) => new(new SequenceNetworkSpec(Input: 6, Hidden: 4, Classes: 3, dropout));

    [Fact]
    public void Forward_WhateverLiesBehindTheLength_AnswersTheSame()
    {
        using var scope = NewDisposeScope();
        using var network = Network(dropout: 0.5);
        network.eval();
        var frames = randn(2, 5, 6);
        var lengths = tensor(new[] { 3, 5 });
        var changed = frames.clone();
        changed[0, 3..].fill_(99);
        var (logits, embedding) = network.call(frames, lengths);
        Assert.Equal([2, 3], logits.shape);
        Assert.Equal([2, 4], embedding.shape);
        Assert.Equal(logits.data<float>().ToArray(), network.call(changed, lengths).Logits.data<float>().ToArray());
        changed[0, 2].fill_(99);
        Assert.NotEqual(logits[0].data<float>().ToArray(), network.call(changed, lengths).Logits[0].data<float>().ToArray());
    }

    [Fact]
    public void Forward_InABatch_EqualsAlone()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        var frames = randn(2, 5, 6);
        var together = network.call(frames, tensor(new[] { 2, 5 })).Embedding[0];
        var alone = network.call(frames[..1, ..2], tensor(new[] { 2 })).Embedding[0];
        Assert.Equal(alone.data<float>().ToArray(), together.data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Training_OnWhichEndIsHigher_Learns()
    {
        manual_seed(3);
        using var network = new SequenceNetwork(new SequenceNetworkSpec(1, 8, 2, 0));
        using var optimizer = optim.Adam(network.parameters(), 0.02);
        (Tensor Frames, Tensor Lengths, Tensor Labels) Batch(int size)
        {
            var frames = randn(size, 6, 1);
            var lengths = (rand(size) * 4).to(int64) + 3;
            var last = frames.gather(1, (lengths - 1).view(-1, 1, 1)).view(-1);
            return (frames, lengths, last.gt(frames[.., 0, 0]).to(int64));
        }

        for (var step = 0; step < 200; step++)
        {
            using var scope = NewDisposeScope();
            var (frames, lengths, labels) = Batch(64);
            optimizer.zero_grad();
            functional.cross_entropy(network.call(frames, lengths).Logits, labels).backward();
            optimizer.step();
        }

        using var end = NewDisposeScope();
        var test = Batch(500);
        Assert.True(network.call(test.Frames, test.Lengths).Logits.argmax(1).eq(test.Labels).to(float32).mean().ToSingle() > 0.85);
    }
}

public sealed class FusionNetworkTests
{
    private static readonly FusionNetworkSpec Spec = new(
        [new("audio", 5, [true, true, true]), new("video", 4, [true, false, true])], Hidden: 8, Dropout: 0.2);

    private static readonly float[] Audio = [0.2f, 0.3f, 0.5f];
    private static readonly float[] Video = [0.4f, 0f, 0.6f];

    private static float[] Posterior(FusionNetwork network, float audioPresent, float videoPresent, float embedding = 1)
    {
        using var scope = NewDisposeScope();
        network.eval();
        var logits = network.call(
            [full([1, 5], embedding), full([1, 4], embedding)], [tensor(Audio, [1, 3]), tensor(Video, [1, 3])], tensor(new[] { audioPresent, videoPresent }, [1, 2]));
        return logits.softmax(1).data<float>().ToArray();
    }

    private static void AssertNear(float[] expected, float[] actual) => Assert.Equal(expected, actual, (a, b) => Math.Abs(a - b) < 1e-5);

    [Fact]
    public void Posterior_BeforeTraining_IsTheProductWhereUncoveredLabelsHaveRatioOne()
    {
        using var network = new FusionNetwork(Spec);
        // Video says nothing of label 1: its ratios to "no idea" (1/2 each) are 0.8, 1, 1.2.
        float[] product = [0.2f * 0.8f, 0.3f * 1, 0.5f * 1.2f];
        AssertNear([.. product.Select(p => p / product.Sum())], Posterior(network, 1, 1));
    }

    [Fact]
    public void Posterior_OfOneModality_IsItsOwnBeforeTraining()
    {
        using var network = new FusionNetwork(Spec);
        AssertNear(Audio, Posterior(network, 1, 0));
        AssertNear([0.8f / 3, 1f / 3, 1.2f / 3], Posterior(network, 0, 1));
    }

    [Fact]
    public void Posterior_OfOneModality_IsItsOwnWhateverTheLayersAddToSeveral()
    {
        using var network = new FusionNetwork(Spec);
        init.normal_(network.Classifier.weight);
        AssertNear(Audio, Posterior(network, 1, 0, embedding: 7));
        Assert.NotEqual(Posterior(network, 1, 1, embedding: 1), Posterior(network, 1, 1, embedding: 7));
    }

    [Fact]
    public void Posterior_AtNoShareOfTheCorrection_IsThatOfTheWeightedEvidence()
    {
        using var network = new FusionNetwork(Spec);
        var before = Posterior(network, 1, 1);
        init.normal_(network.Classifier.weight);
        Assert.NotEqual(before, Posterior(network, 1, 1));
        network.Share(0b11, 0);
        AssertNear(before, Posterior(network, 1, 1));
    }

    [Fact]
    public void Posterior_WithPowersOfItsSubset_IsNotTouchedByThoseOfOthers()
    {
        using var network = new FusionNetwork(Spec);
        var (alone, both) = (Posterior(network, 1, 0), Posterior(network, 1, 1));
        using (no_grad())
        {
            using var powers = tensor(new[] { 0, 1f, 0, 0.5f });
            network.Powers[0].copy_(powers);
        }

        AssertNear(alone, Posterior(network, 1, 0));
        Assert.NotEqual(both, Posterior(network, 1, 1));
        float[] weighted = [MathF.Sqrt(0.2f) * 0.8f, MathF.Sqrt(0.3f), MathF.Sqrt(0.5f) * 1.2f];
        AssertNear([.. weighted.Select(p => p / weighted.Sum())], Posterior(network, 1, 1));
    }

    [Fact]
    public void Posterior_OfAThirdModality_CountsLikeTheOthersAndLeavesWhatItDoesNotCoverAlone()
    {
        using var scope = NewDisposeScope();
        using var network = new FusionNetwork(Spec with { Modalities = [.. Spec.Modalities, new("text", 3, [true, false, true])] });
        network.eval();
        float[] Said(float textPresent, float textEmbedding = 0) => [.. network.call(
            [zeros(1, 5), zeros(1, 4), full([1, 3], textEmbedding)], [tensor(Audio, [1, 3]), tensor(Video, [1, 3]), tensor(new[] { 0.9f, 0f, 0.1f }, [1, 3])],
            tensor(new[] { 1, 1, textPresent }, [1, 3])).softmax(1).data<float>()];

        float[] without = [0.2f * 0.8f, 0.3f, 0.5f * 1.2f], with = [without[0] * 1.8f, without[1], without[2] * 0.2f];
        AssertNear([.. without.Select(p => p / without.Sum())], Said(0));
        AssertNear([.. with.Select(p => p / with.Sum())], Said(1));
        init.normal_(network.Classifier.weight);
        Assert.Equal(Said(0), Said(0, textEmbedding: 7));
        Assert.NotEqual(Said(1), Said(1, textEmbedding: 7));
    }

    [Fact]
    public void Standardise_BringsTheTrainingPartToMeanZeroAndDeviationOne()
    {
        using var scope = NewDisposeScope();
        using var network = new FusionNetwork(Spec);
        var embeddings = randn(1000, 5) * 3 + 10;
        network.Standardise(0, embeddings);
        var scaled = (embeddings - network.Means[0]) * network.Scales[0];
        Assert.All(scaled.mean([0]).data<float>(), mean => Assert.Equal(0, mean, 1e-3f));
        Assert.All(scaled.var(0).data<float>(), variance => Assert.Equal(1, variance, 1e-2f));
        Assert.Contains("mean_audio", network.state_dict().Keys);
    }

    [Fact]
    public void Training_WhereTheEmbeddingKnowsBetter_LearnsFromIt()
    {
        manual_seed(5);
        using var network = new FusionNetwork(Spec);
        using var optimizer = optim.AdamW(network.parameters(), 0.01);
        for (var step = 0; step < 150; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var (loss, _) = Run(64);
            loss.backward();
            optimizer.step();
        }

        network.eval();
        using var end = NewDisposeScope();
        Assert.True(Run(400).Accuracy > 0.9f);

        (Tensor Loss, float Accuracy) Run(int size)
        {
            var labels = (rand(size) * 3).to(int64);
            var video = randn(size, 4);
            video = cat([video.narrow(1, 0, 1) + (3 * (labels - 1)).to(float32).view(-1, 1), video.narrow(1, 1, 3)], 1);
            var even = full([size, 3], 1f / 3);
            var logits = network.call([randn(size, 5), video], [even, even], ones(size, 2));
            return (functional.cross_entropy(logits, labels), logits.argmax(1).eq(labels).to(float32).mean().ToSingle());
        }
    }
}
