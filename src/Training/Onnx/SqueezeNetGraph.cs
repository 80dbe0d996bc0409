using Emotion.Training.Networks;

namespace Emotion.Training.Onnx;

/// <summary>The feature map of a <see cref="SqueezeNet"/>.</summary>
internal static class SqueezeNetGraph
{
    public static string Features(GraphBuilder graph, string input, SqueezeNet network)
    {
        var x = graph.ConvolutionRelu("stem", input, network.Stem);
        x = network.Pools ? graph.Halved("stem.pool", x) : x;
        for (var i = 0; i < network.Fires.Count; i++)
        {
            x = Fire(graph, $"fire{i}", x, network.Fires[i]);
            x = SqueezeNetSpec.PoolsAfter.Contains(i) ? graph.Halved($"fire{i}.pool", x) : x;
        }

        return x;
    }

    // relu before Concat, not after it, so that each convolution has its own relu beside it.
    internal static string Fire(GraphBuilder graph, string name, string input, FireModule fire)
    {
        var squeezed = graph.ConvolutionRelu(name + ".squeeze", input, fire.Squeeze);
        var narrow = graph.ConvolutionRelu(name + ".narrow", squeezed, fire.Narrow);
        return graph.Node("Concat", name, [narrow, graph.ConvolutionRelu(name + ".wide", squeezed, fire.Wide)], ("axis", 1));
    }
}
