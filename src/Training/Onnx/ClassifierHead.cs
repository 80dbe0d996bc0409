using Emotion.Features;
using Emotion.Training.Networks;
using Google.Protobuf;
using TorchSharp.Modules;

namespace Emotion.Training.Onnx;

/// <summary>What every graph ends with: logits over a temperature, and their softmax.</summary>
/// <param name="Temperature">Fitted on a part that trained nothing; divides the logits.</param>
/// <param name="Covered">The labels that the training had; the others' posterior is 0.</param>
public sealed record ClassifierHead(double Temperature, bool[] Covered)
{
    private const string TemperatureName = "temperature";

    /// <summary>The same graph with another temperature; for a graph that costs much to make.</summary>
    public static Proto.ModelProto WithTemperature(Proto.ModelProto model, double temperature)
    {
        var changed = model.Clone();
        changed.Graph.Initializer.Single(constant => constant.Name == TemperatureName).RawData =
            ByteString.CopyFrom(BitConverter.GetBytes((float)temperature));
        return changed;
    }

    /// <summary>Adds a linear classifier over <paramref name="embedding"/>, and the outputs.</summary>
    public void Write(GraphBuilder graph, string embedding, Linear classifier)
    {
        var (weight, bias) = (classifier.weight.Values(), classifier.bias!.Values());
        var width = weight.Length / bias.Length;
        for (var label = 0; label < bias.Length; label++)
        {
            if (!Covered[label])
            {
                weight.AsSpan(label * width, width).Clear();
                bias[label] = CoveredMask.Uncovered;
            }
        }

        Finish(graph, graph.Node("Gemm", "raw_logits",
        [
            embedding,
            graph.Constant("classifier.weight", weight, bias.Length, width),
            graph.Constant("classifier.bias", bias, bias.Length),
        ], ("transB", 1)));
    }

    /// <summary>Adds the outputs <c>logits</c> and <c>posterior</c> to logits that are there.</summary>
    public void Finish(GraphBuilder graph, string rawLogits) => Finish(graph, rawLogits, graph.Constant(TemperatureName, [(float)Temperature]));

    /// <summary>As <see cref="Finish(GraphBuilder, string)"/>, by a temperature that the graph computes: a number, or <c>[batch, 1]</c>.</summary>
    public static void Finish(GraphBuilder graph, string rawLogits, string temperature)
    {
        graph.Node("Div", "logits", [rawLogits, temperature]);
        graph.Node("Softmax", "posterior", ["logits"], ("axis", 1));
        graph.Output("logits", "batch", EmotionLabels.Count.ToString());
        graph.Output("posterior", "batch", EmotionLabels.Count.ToString());
    }
}
