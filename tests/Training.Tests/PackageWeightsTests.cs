using Emotion.Features;
using Emotion.Training.Networks;
using Emotion.Training.Onnx;
using Emotion.Training.Onnx.Quantization;
using Emotion.Training.Packaging;
using static Emotion.Training.Tests.Parity;
using static TorchSharp.torch;

namespace Emotion.Training.Tests;

public class PackageWeightsTests
{
    private static readonly ResNetSpec Spec = new([1, 1, 1, 1], "conv3x3-stride2", EmotionLabels.Count, 0);
    private static readonly ClassifierHead Head = new(1, [.. Enumerable.Repeat(true, EmotionLabels.Count)]);

    [Fact]
    public void Adopt_OfAnExportedNetwork_ComputesWhatItDidAndKeepsItUnderTraining()
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var published = new ResNet(Spec);
        Unsettle(published);
        published.eval();
        using var _ = no_grad();
        var input = randn(64, 1, 24, 24);
        var expected = published.call(input).Logits;
        var graph = HalfWeights.Apply(PictureGraph.Write(published, "x", 24, 24, InputView.Plain, Head));
        var fresh = new ResNet(Spec);

        PackageWeights.Adopt(fresh, graph, input);

        // Batch norm by the statistics of this very batch is what training does with it.
        var trained = fresh.call(input).Logits;
        fresh.eval();
        var served = fresh.call(input).Logits;
        Assert.True(Furthest(served, expected) < 0.02);
        Assert.True(Furthest(trained, expected) < 0.05);
    }

    [Fact]
    public void Adopt_OfANetworkInIntegers_StartsFromWhatItComputes()
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var published = new ResNet(Spec);
        Unsettle(published);
        published.eval();
        using var _ = no_grad();
        var input = randn(64, 1, 24, 24);
        var expected = published.call(input).Logits;
        var feed = new GraphFeed([("x", Values(input), input.shape)]);
        var floats = PictureGraph.Write(published, "x", 24, 24, InputView.Plain, Head);
        var integers = StaticQuantizer.Quantize(floats, [feed], QuantizationSpec.Default, TestContext.Current.CancellationToken);
        Assert.Contains(integers.Graph.Initializer, constant => constant.Name == "block1.first.weight.q");
        var fresh = new ResNet(Spec);

        PackageWeights.Adopt(fresh, integers, input);

        fresh.eval();
        Assert.True(Furthest(fresh.call(input).Logits, expected) < 0.1);
    }

    // Relative to the largest value.
    private static float Furthest(Tensor actual, Tensor expected) =>
        Values(actual - expected).Max(Math.Abs) / Values(expected).Max(Math.Abs);

    [Fact]
    public void Adopt_OfAnotherNetwork_IsRefusedByName()
    {
        using var scope = NewDisposeScope();
        var graph = PictureGraph.Write(new ResNet(Spec), "x", 24, 24, InputView.Plain, Head);
        var deeper = new ResNet(Spec with { Blocks = [1, 1, 1, 2] });

        var refused = Assert.Throws<ArgumentException>(() => PackageWeights.Adopt(deeper, graph, zeros(2, 1, 24, 24)));
        Assert.Contains("block4.first.weight", refused.Message, StringComparison.Ordinal);
    }
}
