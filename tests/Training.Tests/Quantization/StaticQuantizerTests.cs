using System.Runtime.InteropServices;
using Emotion.Features;
using Emotion.Training.Networks;
using Emotion.Training.Onnx;
using Emotion.Training.Onnx.Quantization;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using static Emotion.Training.Tests.Parity;
using static TorchSharp.torch;
using Proto = global::Onnx;

namespace Emotion.Training.Tests.Quantization;

public sealed class StaticQuantizerTests : IDisposable
{
    private const int Side = 32;
    private static readonly bool[] All = [.. Enumerable.Repeat(true, EmotionLabels.Count)];

    // Each network and what becomes of it once, from numbers of its own: most tests look at the same ones.
    private static readonly Dictionary<(string, string), Proto.ModelProto> Floats = [];
    private static readonly Dictionary<(string, string, QuantizationSpec), Proto.ModelProto> Integers = [];

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly string _file = Path.GetTempFileName();

    public StaticQuantizerTests() => manual_seed(23);

    public void Dispose()
    {
        _scope.Dispose();
        File.Delete(_file);
    }

    [Theory]
    [InlineData("small resnet", "conv3x3-stride2", 7)]
    [InlineData("small resnet", "conv3x3-stride2", 8)]
    [InlineData("small resnext", "conv3x3-stride2-pool", 7)]
    [InlineData("squeezenet", "conv3x3-stride1", 7)]
    [InlineData("vgg16", "conv3x3-stride1", 7)]
    public void Quantized_OverInputsItWasNotCalibratedOn_AnswersNearlyAsFloat(string network, string stem, int bits)
    {
        var model = Float(network, stem);
        var quantized = Quantized(network, stem, QuantizationSpec.Default with { WeightBits = bits });

        var (expected, actual) = (Run(model), Run(quantized));

        Assert.InRange(Distance(expected.Embedding, actual.Embedding), 1e-4, 0.1);
        Assert.InRange(Distance(expected.Logits, actual.Logits), 1e-4, 0.1);
    }

    [Fact]
    public void Quantized_ResNet_HoldsWhatIsSaidAndAQuarterOfTheBytes()
    {
        var model = Float("small resnet", "conv3x3-stride2");
        var quantized = Quantized("small resnet", "conv3x3-stride2", QuantizationSpec.Default).Graph;

        var before = model.Graph.Node.CountBy(node => node.OpType).ToDictionary();
        var after = quantized.Node.CountBy(node => node.OpType).ToDictionary();
        // One relu is left, behind the float stem; each of four blocks has a sum; all convolutions but the stem have integer weights.
        Assert.Equal((before["Conv"], 1, before["Add"], 1), (after["Conv"], after["Relu"], after["Add"], after["Gemm"]));
        // The stem's value, two per block, and a projection in three blocks and sums in four.
        Assert.Equal(1 + 4 + 4 + 3 + 4, after["QuantizeLinear"]);
        Assert.Equal(after["QuantizeLinear"] + 2 * (before["Conv"] - 1), after["DequantizeLinear"]);
        Assert.Equal(before.Keys.Union(["QuantizeLinear", "DequantizeLinear"]).Order(), after.Keys.Order());
        Assert.Equal(["classifier.bias", "classifier.weight", "stem.bias", "stem.weight", "temperature"], quantized.Initializer
            .Where(constant => constant.DataType == (int)Proto.TensorProto.Types.DataType.Float && !constant.Name.EndsWith(".scale", StringComparison.Ordinal))
            .Select(constant => constant.Name).Order());
        Assert.Equal(model.Graph.Input, quantized.Input);
        Assert.Equal(model.Graph.Output, quantized.Output);
        Assert.InRange((double)quantized.CalculateSize() / model.CalculateSize(), 0.25, 0.27);
    }

    [Theory]
    [InlineData("small resnet", "conv3x3-stride2")]
    [InlineData("small resnext", "conv3x3-stride2-pool")]
    [InlineData("squeezenet", "conv3x3-stride1-pool")]
    [InlineData("vgg16", "conv3x3-stride1")]
    public void Quantized_LoadedByOnnxRuntime_ComputesWithIntegersThroughout(string network, string stem)
    {
        var model = Float(network, stem);
        using (var options = new SessionOptions { OptimizedModelFilePath = _file })
        using (new InferenceSession(Quantized(network, stem, QuantizationSpec.Default).ToByteArray(), options))
        {
        }

        var run = Proto.ModelProto.Parser.ParseFrom(File.ReadAllBytes(_file)).Graph.Node.CountBy(node => node.OpType).ToDictionary();

        int Before(string operation) => model.Graph.Node.Count(node => node.OpType == operation);
        Assert.Equal(Before("Conv") - 1, run["QLinearConv"]);
        Assert.Equal(Before("Add"), run.GetValueOrDefault("QLinearAdd"));
        Assert.DoesNotContain("Add", run.Keys);
        // Into integers once, behind the stem, and out of them once, before the mean over places.
        Assert.Equal((1, 1), (run["QuantizeLinear"], run["DequantizeLinear"]));
    }

    [Theory]
    [InlineData(7, 64)]
    [InlineData(8, 127)]
    public void Weights_OfEachChannel_HaveTheirLargestAsTheLargestInteger(int bits, int levels)
    {
        var model = Float("small resnet", "conv3x3-stride2");
        var quantized = Quantized("small resnet", "conv3x3-stride2", QuantizationSpec.Default with { WeightBits = bits }).Graph;
        const string Name = "block1.second.weight";
        var weights = Stored<float>(model.Graph, Name);
        var integers = Stored<sbyte>(quantized, Name + ".q");
        var scales = Stored<float>(quantized, Name + ".scale");

        var width = weights.Length / scales.Length;
        for (var channel = 0; channel < scales.Length; channel++)
        {
            var row = weights.AsSpan(channel * width, width).ToArray();
            Assert.Equal(row.Max(Math.Abs) / levels, scales[channel], 1e-9);
            for (var i = 0; i < width; i++)
            {
                Assert.InRange(integers[channel * width + i] * scales[channel] - row[i], -0.501 * scales[channel], 0.501 * scales[channel]);
            }
        }

        Assert.Equal(levels, integers.Max(value => Math.Abs((int)value)));
        var input = Stored<float>(quantized, "block1.first.relu.scale")[0];
        var (biases, steps) = (Stored<float>(model.Graph, "block1.second.bias"), Stored<int>(quantized, "block1.second.bias.q"));
        Assert.Equal(biases.Zip(scales, (bias, scale) => (int)Math.Round(bias / ((double)input * scale))), steps);
    }

    [Fact]
    public void Quantized_WithFirstConvolutionAndLinear_HasNoFloatWeightsLeft()
    {
        var model = Float("small resnet", "conv3x3-stride2");
        var quantized = Quantize(model, QuantizationSpec.Default with { KeepFirstConvolution = false, LinearWeightsFrom = 0 });

        Assert.All(quantized.Graph.Initializer.Where(constant => constant.Name.EndsWith(".weight.q", StringComparison.Ordinal)),
            constant => Assert.Equal((int)Proto.TensorProto.Types.DataType.Int8, constant.DataType));
        Assert.DoesNotContain(quantized.Graph.Initializer, constant => constant.Name.EndsWith(".weight", StringComparison.Ordinal));
        Assert.InRange(Distance(Run(model).Logits, Run(quantized).Logits), 1e-4, 0.1);
    }

    [Fact]
    public void Quantizer_BehindAFrontOfItsOwn_LeavesTheFrontFloat()
    {
        var network = Network("small resnet", "conv3x3-stride2");
        var columns = Values(randn(Side, Side));
        var model = PictureGraph.Write(network, "x", Side, Side, InputView.Plain, new ClassifierHead(1, All), (graph, x) =>
            graph.Node("MatMul", "picture", [x, graph.Constant("front", columns, Side, Side)]));

        var quantized = Quantize(model, QuantizationSpec.Default);

        Assert.Contains(quantized.Graph.Node, node => node.OpType == "MatMul" && node.Input.SequenceEqual(["x", "front"]));
        Assert.InRange(Distance(Run(model).Logits, Run(quantized).Logits), 1e-4, 0.06);
    }

    [Fact]
    public void WithTemperature_OfAQuantizedGraph_DividesItsLogits()
    {
        var quantized = Quantized("small resnet", "conv3x3-stride2", QuantizationSpec.Default);

        var cooler = Run(ClassifierHead.WithTemperature(quantized, 2)).Logits;

        Close([.. Run(quantized).Logits.Select(logit => logit / 2)], cooler);
    }

    [Fact]
    public void Quantizer_WithoutInputsOrWithOddBits_IsRefused()
    {
        var model = Float("small resnet", "conv3x3-stride2");
        var token = TestContext.Current.CancellationToken;

        Assert.Contains("example inputs", Assert.Throws<ArgumentException>(
            () => StaticQuantizer.Quantize(model, [], QuantizationSpec.Default, token)).Message, StringComparison.Ordinal);
        Assert.Contains("7 or 8", Assert.Throws<ArgumentException>(
            () => StaticQuantizer.Quantize(model, Feeds(1), QuantizationSpec.Default with { WeightBits = 4 }, token)).Message, StringComparison.Ordinal);
        Assert.Contains("before its weights are stored otherwise", Assert.Throws<ArgumentException>(
            () => StaticQuantizer.Quantize(HalfWeights.Apply(model), Feeds(1), QuantizationSpec.Default, token)).Message, StringComparison.Ordinal);
    }

    private static Proto.ModelProto Float(string network, string stem)
    {
        if (!Floats.TryGetValue((network, stem), out var model))
        {
            manual_seed(23);
            model = Floats[(network, stem)] = PictureGraph.Write(Network(network, stem), "x", Side, Side, InputView.Plain, new ClassifierHead(1, All));
        }

        return model.Clone();
    }

    private static Proto.ModelProto Quantized(string network, string stem, QuantizationSpec spec)
    {
        if (!Integers.TryGetValue((network, stem, spec), out var quantized))
        {
            quantized = Integers[(network, stem, spec)] = Quantize(Float(network, stem), spec);
        }

        return quantized.Clone();
    }

    private static PictureNetwork Network(string network, string stem)
    {
        PictureNetworkSpec spec = network switch
        {
            "small resnet" => new ResNetSpec([1, 1, 1, 1], stem, EmotionLabels.Count, 0),
            "small resnext" => new ResNetSpec([1, 1, 1, 1], stem, EmotionLabels.Count, 0) { Bottleneck = new BottleneckSpec(8, 4) },
            _ => NetworkFactory.Spec(network, stem, inputChannels: 1, EmotionLabels.Count, 0),
        };
        var made = spec.Create(ScalarType.Float32);
        Settle(made, Side, Side);
        return made;
    }

    private static Proto.ModelProto Quantize(Proto.ModelProto model, QuantizationSpec spec)
    {
        manual_seed(24);
        return StaticQuantizer.Quantize(model, Feeds(4), spec, TestContext.Current.CancellationToken);
    }

    private static List<GraphFeed> Feeds(int batches) =>
        [.. Enumerable.Range(0, batches).Select(_ => new GraphFeed([("x", Values(randn(4, 1, Side, Side)), [4, 1, Side, Side])]))];

    private static (float[] Logits, float[] Embedding) Run(Proto.ModelProto model)
    {
        manual_seed(99);
        using var runner = new GraphRunner(model, threads: 1);
        var outputs = runner.Run(Feeds(1)[0].Inputs, "logits", "embedding");
        return (outputs[0], outputs[1]);
    }

    private static double Distance(float[] expected, float[] actual) => Math.Sqrt(
        expected.Zip(actual, (a, b) => Math.Pow(a - b, 2)).Sum() / expected.Sum(a => Math.Pow(a, 2)));

    private static T[] Stored<T>(Proto.GraphProto graph, string name) where T : struct =>
        MemoryMarshal.Cast<byte, T>(graph.Initializer.Single(constant => constant.Name == name).RawData.Span).ToArray();
}
