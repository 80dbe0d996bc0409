using Emotion.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion.Training.Tests.Networks;

public sealed class AttentionFusionTests
{
    private static readonly FusionNetworkSpec Spec = new(
        [new("audio", 5, [true, true, true]), new("video", 4, [true, true, true]), new("text", 3, [true, true, true])], Hidden: 8, Dropout: 0.2);

    [Fact]
    public void Posterior_BeforeTraining_IsThatOfTheFullyConnectedFusion()
    {
        using var scope = NewDisposeScope();
        using var attention = new AttentionFusion(Spec);
        using var connected = new FusionNetwork(Spec);

        Assert.Equal(Logits(connected, 1, 1, 0), Logits(attention, 1, 1, 0));
    }

    [Fact]
    public void Posterior_OfAnAbsentModality_DoesNotDependOnWhatItWouldHaveSaid()
    {
        using var scope = NewDisposeScope();
        using var network = new AttentionFusion(Spec);
        Stir(network);

        Assert.Equal(Logits(network, 1, 1, 0, text: 0.1f), Logits(network, 1, 1, 0, text: 5));
        Assert.NotEqual(Logits(network, 1, 1, 1, text: 0.1f), Logits(network, 1, 1, 1, text: 5));
    }

    [Fact]
    public void Posterior_OfOneModality_IsItsOwnWhateverAttentionAddsToSeveral()
    {
        using var scope = NewDisposeScope();
        using var network = new AttentionFusion(Spec);
        var before = Logits(network, 0, 1, 0);
        Stir(network);

        Assert.Equal(before, Logits(network, 0, 1, 0));
        Assert.NotEqual(Logits(network, 1, 1, 0, text: 1), before);
    }

    [Fact]
    public void Training_WhereOneFeatureMapKnows_LearnsToAttendToIt()
    {
        manual_seed(5);
        using var network = new AttentionFusion(Spec with { Dropout = 0 });
        using var optimizer = optim.AdamW(network.parameters(), 0.02);
        (Tensor Loss, float Accuracy) Run(int size)
        {
            var labels = (rand(size) * 3).to(int64);
            var known = cat([(3 * (labels - 1)).to(float32).view(-1, 1), randn(size, 3)], 1);
            var even = full([size, 3], 1f / 3);
            var logits = network.call([randn(size, 5), known, randn(size, 3)], [even, even, even], ones(size, 3));
            return (functional.cross_entropy(logits, labels), logits.argmax(1).eq(labels).to(float32).mean().ToSingle());
        }

        for (var step = 0; step < 200; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            Run(64).Loss.backward();
            optimizer.step();
        }

        using var end = NewDisposeScope();
        network.eval();
        Assert.True(Run(400).Accuracy > 0.9f);
    }

    private static void Stir(AttentionFusion network)
    {
        manual_seed(3);
        using var _ = no_grad();
        foreach (var (name, parameter) in network.named_parameters().Where(one => !one.name.StartsWith("power", StringComparison.Ordinal)))
        {
            parameter.normal_();
            Assert.NotEmpty(name);
        }
    }

    private static float[] Logits(EvidenceFusion network, float audio, float video, float text_, float text = 1)
    {
        network.eval();
        return [.. network.call(
            [ones(1, 5), ones(1, 4), full([1, 3], text)],
            [tensor(new[] { 0.2f, 0.3f, 0.5f }, [1, 3]), tensor(new[] { 0.6f, 0.3f, 0.1f }, [1, 3]), tensor(new[] { 0.1f, 0.1f, 0.8f }, [1, 3])],
            tensor(new[] { audio, video, text_ }, [1, 3])).data<float>()];
    }
}
