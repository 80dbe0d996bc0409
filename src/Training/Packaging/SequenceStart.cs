using Emotion.Features;
using Emotion.Inference.Video;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Networks;
using Emotion.Training.Onnx;
using static TorchSharp.torch;

namespace Emotion.Training.Packaging;

/// <summary>A published sequence network as the start of a training.</summary>
public static class SequenceStart
{
    public const string Role = "sequence";

    /// <param name="dropout">Graphs have none, so the recipe says it.</param>
    /// <exception cref="ArgumentException">The package's graph is of another network.</exception>
    public static SequenceNetwork Network(ModelPackage start, double dropout)
    {
        var graph = Proto.ModelProto.Parser.ParseFrom(File.ReadAllBytes(start.PathOf(start.Manifest.Graph(Role).File)));
        float[] Of(string name) => PackageWeights.Constant(graph, name)
            ?? throw new ArgumentException($"The sequence graph of {VideoModel.ModelName}/{start.Version} has no '{name}': it is of another network.");
        var (input, state, bias) = (Of("recurrent.input"), Of("recurrent.state"), Of("recurrent.bias"));
        var hidden = bias.Length / 8;
        var network = new SequenceNetwork(new SequenceNetworkSpec(input.Length / (4 * hidden), hidden, EmotionLabels.Count, dropout));
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var recurrent = network.Recurrent.named_parameters().ToDictionary(one => one.name, one => one.parameter);
        void Put(string name, float[] values) => recurrent[name].copy_(tensor(SequenceGraph.TorchOrder(values), recurrent[name].shape));
        Put("weight_ih_l0", input);
        Put("weight_hh_l0", state);
        Put("bias_ih_l0", bias[..(4 * hidden)]);
        Put("bias_hh_l0", bias[(4 * hidden)..]);
        var classifier = network.Classifier;
        classifier.weight.copy_(tensor(Of("classifier.weight"), classifier.weight.shape));
        // A label that the start did not cover begins as likely as another, and not as good as impossible.
        classifier.bias!.copy_(tensor(Array.ConvertAll(Of("classifier.bias"), value => value <= CoveredMask.Uncovered / 2 ? 0f : value), classifier.bias!.shape));
        return network;
    }
}
