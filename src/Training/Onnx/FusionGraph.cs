using Emotion.Features;
using Emotion.Training.Networks;

namespace Emotion.Training.Onnx;

/// <summary>
/// A trained <see cref="FusionNetwork"/> as ONNX: per modality <c>NAME</c> <c>[batch, embedding]</c> and <c>NAME_posterior</c> <c>[batch, labels]</c>,
/// and <c>present</c> <c>[batch, modalities]</c>, to logits and posterior. One graph for every subset of the modalities, each with powers, a share of the
/// correction and a temperature of its own.
/// </summary>
public static class FusionGraph
{
    /// <summary>With one temperature for all subsets.</summary>
    public static Proto.ModelProto Write(FusionNetwork network, double temperature) =>
        Write(network, [.. Enumerable.Repeat(temperature, (1 << network.Spec.Modalities.Count) - 1)]);

    /// <param name="temperatures">Of each subset but the empty one, in the order of <see cref="Datasets.ModalitySubset.Of"/>.</param>
    public static Proto.ModelProto Write(FusionNetwork network, IReadOnlyList<double> temperatures)
    {
        var graph = new GraphBuilder(nameof(FusionNetwork));
        var modalities = network.Spec.Modalities;
        foreach (var modality in modalities)
        {
            graph.Input(modality.Name, Proto.TensorProto.Types.DataType.Float, "batch", modality.EmbeddingSize.ToString());
            graph.Input(PosteriorOf(modality), Proto.TensorProto.Types.DataType.Float, "batch", EmotionLabels.Count.ToString());
        }

        graph.Input("present", Proto.TensorProto.Types.DataType.Float, "batch", modalities.Count.ToString());
        graph.Constant("one", [1f]);
        var subset = Subset(graph, modalities.Count);
        var inputs = new List<string>();
        var product = "";
        for (var m = 0; m < modalities.Count; m++)
        {
            var name = modalities[m].Name;
            var there = graph.Node("Gather", name + ".there", ["present", graph.Constant(name + ".column", [m], 1)], ("axis", 1));
            var evidence = Evidence(graph, modalities[m], there);
            var power = Of(graph, subset, name + ".power", network.Powers[m].Values());
            var weighted = graph.Node("Mul", name + ".weighted", [evidence, power]);
            product = m == 0 ? weighted : graph.Node("Add", name + ".product", [product, weighted]);
            inputs.Add(FeatureMap(graph, network, m, there));
            inputs.Add(evidence);
        }

        var hidden = graph.Linear("hidden", graph.Node("Concat", "inputs", inputs, ("axis", 1)), network.Hidden);
        var correction = graph.Linear("correction", graph.Node("Relu", "hidden.relu", [hidden]), network.Classifier);
        var share = Of(graph, subset, "share", [.. network.Shares]);
        var raw = graph.Node("Add", "raw_logits", [product, graph.Node("Mul", "counted", [correction, share])]);
        ClassifierHead.Finish(graph, raw, Of(graph, subset, "temperature", [1, .. temperatures.Select(one => (float)one)]));
        return graph.Build();
    }

    // [batch, 1]: which modalities are there, as bits.
    private static string Subset(GraphBuilder graph, int modalities)
    {
        var places = graph.Constant("places", [.. Enumerable.Range(0, modalities).Select(m => (float)(1 << m))], modalities, 1);
        return graph.Node("Cast", "subset", [graph.Node("MatMul", "bits", ["present", places])], ("to", (long)Proto.TensorProto.Types.DataType.Int64));
    }

    // [batch, 1]: the subset is a place in the table; nobody asks for that of none of them.
    private static string Of(GraphBuilder graph, string subset, string what, float[] table) =>
        graph.Node("Gather", what, [graph.Constant(what + ".table", table, table.Length), subset]);

    private static string PosteriorOf(FusedModality modality) => modality.Name + "_posterior";

    // (ln clamp(p) + ln n) * covered * there
    internal static string Evidence(GraphBuilder graph, FusedModality modality, string there)
    {
        var name = modality.Name;
        var covered = Array.ConvertAll(modality.Covered, label => label ? 1f : 0f);
        var clamped = graph.Node("Clip", name + ".clamped",
        [
            PosteriorOf(modality),
            graph.Constant(name + ".least", [(float)EvidenceFusion.LeastPosterior]),
            "one",
        ]);
        var log = graph.Node("Log", name + ".log", [clamped]);
        var ratio = graph.Node("Add", name + ".ratio", [log, graph.Constant(name + ".labels", [(float)Math.Log(covered.Sum())])]);
        var known = graph.Node("Mul", name + ".known", [ratio, graph.Constant(name + ".covered", covered, covered.Length)]);
        return graph.Node("Mul", name + ".evidence", [known, there]);
    }

    // (x - mean) * scale * there + absent * (1 - there)
    internal static string FeatureMap(GraphBuilder graph, FusionNetwork network, int m, string there)
    {
        var (name, size) = (network.Spec.Modalities[m].Name, network.Spec.Modalities[m].EmbeddingSize);
        var centred = graph.Node("Sub", name + ".centred", [name, graph.Constant(name + ".mean", network.Means[m].Values(), size)]);
        var scaled = graph.Node("Mul", name + ".scaled", [centred, graph.Constant(name + ".scale", network.Scales[m].Values(), size)]);
        var own = graph.Node("Mul", name + ".own", [scaled, there]);
        var missing = graph.Node("Sub", name + ".missing", ["one", there]);
        var absent = graph.Node("Mul", name + ".absence", [missing, graph.Constant(name + ".absent", network.Absent[m].Values(), size)]);
        return graph.Node("Add", name + ".features", [own, absent]);
    }
}
