using Emotion.Features;
using Emotion.Training.Augmentation;
using Emotion.Training.Datasets;
using Emotion.Training.Networks;
using Emotion.Training.Onnx;
using TorchSharp;
using static Emotion.Training.Tests.Parity;
using static TorchSharp.torch;

namespace Emotion.Training.Tests;

/// <summary>Each layer as the exporters write it, in float32, against libtorch: results differ by at most 1e-4.</summary>
public sealed class LayerParityTests : IDisposable
{
    private static readonly bool[] All = [.. Enumerable.Repeat(true, EmotionLabels.Count)];
    private static readonly bool[] Faces = EmotionLabels.Mask(CorpusLabels.Fer2013.Covered);

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly IDisposable _noGradients = no_grad();

    public LayerParityTests() => manual_seed(11);

    public void Dispose()
    {
        _noGradients.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(1, 64, 7, 2, 1, 30, 20)]
    [InlineData(1, 64, 3, 2, 1, 24, 24)]
    [InlineData(16, 24, 3, 1, 1, 9, 7)]
    [InlineData(16, 24, 3, 2, 1, 9, 7)]
    [InlineData(16, 24, 3, 2, 4, 9, 7)]
    [InlineData(16, 16, 3, 1, 16, 9, 7)]
    [InlineData(16, 24, 1, 2, 1, 9, 7)]
    [InlineData(16, 24, 1, 1, 1, 8, 6)]
    public void ConvolutionAndBatchNorm_Folded_GiveTheSame(int channels, int filters, int kernel, int stride, int groups, int height, int width)
    {
        var layer = new ConvNorm(channels, filters, kernel, stride, ScalarType.Float32, groups);
        Unsettle(layer);
        layer.eval();
        var input = randn(2, channels, height, width);

        Same(layer.call(input), [("x", input)], graph => graph.Convolution("y", "x", layer));
    }

    [Theory]
    [InlineData(8, 8, 1)]
    [InlineData(8, 16, 1)]
    [InlineData(8, 16, 2)]
    public void ResidualBlock_WithAndWithoutProjection_GivesTheSame(int channels, int filters, int stride)
    {
        var layer = ResidualBlock.Basic(channels, filters, stride, ScalarType.Float32);
        Unsettle(layer);
        layer.eval();
        var input = randn(2, channels, 9, 8);

        Same(layer.call(input), [("x", input)], graph => ResNetGraph.Block(graph, "y", "x", layer));
    }

    [Theory]
    [InlineData(16, 1, 1)]
    [InlineData(8, 1, 4)]
    [InlineData(16, 2, 4)]
    public void BottleneckBlock_WithAndWithoutGroups_GivesTheSame(int channels, int stride, int groups)
    {
        var layer = ResidualBlock.Bottleneck(channels, 8, 16, stride, groups, ScalarType.Float32);
        Unsettle(layer);
        layer.eval();
        var input = randn(2, channels, 9, 8);

        Same(layer.call(input), [("x", input)], graph => ResNetGraph.Block(graph, "y", "x", layer));
    }

    [Fact]
    public void FireModule_Exported_GivesTheSame()
    {
        var layer = new FireModule(16, 4, 12, ScalarType.Float32);
        Unsettle(layer);
        layer.eval();
        var input = randn(2, 16, 9, 8);

        Same(layer.call(input), [("x", input)], graph => SqueezeNetGraph.Fire(graph, "y", "x", layer));
    }

    [Theory]
    [InlineData(30, 20)]
    [InlineData(9, 7)]
    public void MaxPool_OfNegativeValues_GivesTheSameAtTheBorder(int height, int width)
    {
        var input = -randn(2, 5, height, width).abs() - 1;

        Same(nn.functional.max_pool2d(input, [3], [2], [1]), [("x", input)], graph => graph.Halved("y", "x"));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(10, 2)]
    [InlineData(3, 3)]
    public void GlobalAveragePool_OfAnySize_GivesTheSame(int height, int width)
    {
        var input = randn(6, 20, height, width);
        var mean = input.mean([2, 3]);

        Same(mean, [("x", input)], graph => PictureGraph.MeanOfPlaces(graph, "x", 20, mirrored: false));
        Same((mean.narrow(0, 0, 3) + mean.narrow(0, 3, 3)) / 2, [("x", input)], graph => PictureGraph.MeanOfPlaces(graph, "x", 20, mirrored: true));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(7)]
    public void MirrorImages_Added_AreTheColumnsBackwards(int width)
    {
        var input = randn(3, 1, 5, width);

        Same(cat([input, input.flip(3)], 0), [("x", input)], graph => PictureGraph.WithMirrorImages(graph, "x"));
    }

    [Theory]
    [InlineData(24)]
    [InlineData(32)]
    public void Reduction_OfACrop_GivesTheSame(int side)
    {
        var input = randn(2, 1, FacePicture.Side, FacePicture.Side);
        var rows = tensor(PictureAugmenter.Reduction(side), [side, FacePicture.Side]);

        Same(rows.matmul(input).matmul(rows.t()), [("x", input)], graph => PictureGraph.Reduced(graph, "x", side));
    }

    [Theory]
    [InlineData(512, 8)]
    [InlineData(656, 64)]
    public void Linear_WithBias_GivesTheSame(int width, int outputs)
    {
        var layer = nn.Linear(width, outputs);
        var input = randn(5, width);

        Same(layer.call(input), [("x", input)], graph => graph.Linear("y", "x", layer));
    }

    [Theory]
    [InlineData(3, 5)]
    [InlineData(512, 128)]
    public void Lstm_WithLengths_GivesTheStateAfterTheLastFrameOfEach(int width, int hidden)
    {
        var network = new SequenceNetwork(new SequenceNetworkSpec(width, hidden, EmotionLabels.Count, 0));
        network.eval();
        int[] lengths = [1, 6, 11, 20];
        var frames = randn(lengths.Length, 20, width);
        // Each alone and cut to its length, so that padding is not there at all.
        var states = lengths.Select((length, i) => network.Recurrent.call(frames.narrow(0, i, 1).narrow(1, 0, length)).Item2);

        Same(cat([.. states], 1), [("x", frames), ("n", tensor(lengths))], graph => SequenceGraph.Recurrent(graph, network, "x", "n"));
    }

    [Theory]
    [InlineData(0.6)]
    [InlineData(1)]
    [InlineData(2.3)]
    public void TemperatureAndSoftmax_AtTheEnd_GiveTheSame(double temperature)
    {
        var raw = 4 * randn(6, EmotionLabels.Count);
        var logits = raw / (float)temperature;
        var graph = new GraphBuilder("head");
        graph.Input("x", global::Onnx.TensorProto.Types.DataType.Float, "batch", EmotionLabels.Count.ToString());
        new ClassifierHead(temperature, All).Finish(graph, "x");

        using var runner = new GraphRunner(graph.Build(), threads: 1);
        var outputs = runner.Run([("x", Values(raw), raw.shape)], "logits", "posterior");

        Close(Values(logits), outputs[0]);
        Close(Values(logits.softmax(1)), outputs[1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void FusionEvidence_OfPosteriorsBelowTheLeast_GivesTheSame(bool covers)
    {
        var network = Fusion(covers ? All : Faces);
        // Sharp enough that some posteriors lie below the least one.
        var posterior = (8 * randn(6, EmotionLabels.Count)).softmax(1);
        var there = tensor(new float[] { 1, 1, 1, 1, 0, 0 }, [6, 1]);

        Same(network.Evidence(0, posterior) * there, [("m_posterior", posterior), ("there", there)], graph =>
        {
            graph.Constant("one", [1f]);
            return FusionGraph.Evidence(graph, network.Spec.Modalities[0], "there");
        });
    }

    [Fact]
    public void FusionFeatureMap_PresentOrAbsent_GivesTheSame()
    {
        var network = Fusion(All);
        Unsettle(network);
        var embedding = randn(4, 16);
        var there = tensor(new float[] { 1, 0, 1, 0 }, [4, 1]);

        Same(network.FeatureMap(0, embedding, there), [("m", embedding), ("there", there)], graph =>
        {
            graph.Constant("one", [1f]);
            return FusionGraph.FeatureMap(graph, network, 0, "there");
        });
    }

    private static FusionNetwork Fusion(bool[] covered) => new(new FusionNetworkSpec([new("m", 16, covered)], 8, 0));
}
