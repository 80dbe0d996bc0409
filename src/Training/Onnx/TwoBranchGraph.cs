using System.Numerics.Tensors;
using Emotion.Features;
using Emotion.Training.Calibration;
using Emotion.Training.Networks;

namespace Emotion.Training.Onnx;

/// <summary>
/// Both branches of the speech recognizer in one graph: <c>features</c> through the network to its 8 logits, <c>encoder</c> through
/// <see cref="SpokenBranch"/> to its hidden numbers; both side by side are the embedding, and one last linear layer makes logits of them:
/// <c>first * network's logits + second * branch's logits</c>.
/// </summary>
public static class TwoBranchGraph
{
    public const string Input = "encoder";
    private const string NetworkLogits = "raw_logits";

    /// <param name="network">The speech network's own graph, with temperature 1.</param>
    /// <param name="branch">As trained; only read.</param>
    /// <param name="weights">Of network and branch.</param>
    /// <param name="head">Temperature and covered labels.</param>
    public static Proto.ModelProto Write(Proto.ModelProto network, SpokenBranch branch, PoolWeights weights, ClassifierHead head)
    {
        var graph = new GraphBuilder("two-branch");
        var encoder = graph.Input(Input, Proto.TensorProto.Types.DataType.Float, "batch", branch.Input.ToString());
        var hidden = Hidden(graph, encoder, branch);
        var joint = graph.Node("Concat", "embedding", [NetworkLogits, hidden], ("axis", 1));
        graph.Output("embedding", "batch", (EmotionLabels.Count + branch.Classifier.weight.shape[1]).ToString());
        head.Finish(graph, Last(graph, joint, branch, weights, head.Covered));
        return Joined(network, graph.Build());
    }

    private static string Hidden(GraphBuilder graph, string encoder, SpokenBranch branch)
    {
        graph.Node("Sub", "encoder.centred", [encoder, graph.Constant("encoder.mean", branch.Mean.Values(), branch.Input)]);
        graph.Node("Mul", "encoder.standard", ["encoder.centred", graph.Constant("encoder.scale", branch.Scale.Values(), branch.Input)]);
        return graph.Node("Relu", "hidden", [graph.Linear("hidden.linear", "encoder.standard", branch.Hidden)]);
    }

    private static string Last(GraphBuilder graph, string joint, SpokenBranch branch, PoolWeights weights, bool[] covered)
    {
        var (weight, bias) = (branch.Classifier.weight.Values(), branch.Classifier.bias!.Values());
        var (labels, hidden) = (bias.Length, weight.Length / bias.Length);
        var width = labels + hidden;
        var last = new float[labels * width];
        for (var label = 0; label < labels; label++)
        {
            if (!covered[label])
            {
                bias[label] = CoveredMask.Uncovered;
                continue;
            }

            last[label * width + label] = (float)weights.First;
            TensorPrimitives.Multiply(weight.AsSpan(label * hidden, hidden), (float)weights.Second, last.AsSpan(label * width + labels, hidden));
            bias[label] *= (float)weights.Second;
        }

        return graph.Node("Gemm", "joined_logits",
            [joint, graph.Constant("last.weight", last, labels, width), graph.Constant("last.bias", bias, labels)], ("transB", 1));
    }

    // The network's graph as far as its raw logits, its other results renamed or gone, and the branch's behind it.
    private static Proto.ModelProto Joined(Proto.ModelProto network, Proto.ModelProto branch)
    {
        var joined = network.Clone();
        var nodes = joined.Graph.Node.Where(node => !node.Output.Any(output => output is "logits" or "posterior")).ToList();
        foreach (var node in nodes)
        {
            Rename(node.Input);
            Rename(node.Output);
            node.Name = Renamed(node.Name);
        }

        joined.Graph.Node.Clear();
        joined.Graph.Node.Add(nodes);
        joined.Graph.Node.Add(branch.Graph.Node);
        var kept = joined.Graph.Initializer.Where(tensor => tensor.Name != "temperature").ToList();
        joined.Graph.Initializer.Clear();
        joined.Graph.Initializer.Add(kept);
        joined.Graph.Initializer.Add(branch.Graph.Initializer);
        joined.Graph.Input.Add(branch.Graph.Input);
        joined.Graph.Output.Clear();
        joined.Graph.Output.Add(branch.Graph.Output);
        return joined;
    }

    private static void Rename(Google.Protobuf.Collections.RepeatedField<string> names)
    {
        for (var i = 0; i < names.Count; i++)
        {
            names[i] = Renamed(names[i]);
        }
    }

    private static string Renamed(string name) => name == "embedding" ? "network_embedding" : name;
}
