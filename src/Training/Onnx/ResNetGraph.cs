using Emotion.Training.Networks;

namespace Emotion.Training.Onnx;

/// <summary>The feature map of a <see cref="ResNet"/>, basic or bottleneck, grouped or not.</summary>
internal static class ResNetGraph
{
    public static string Features(GraphBuilder graph, string input, ResNet network)
    {
        var x = graph.ConvolutionRelu("stem", input, network.Stem);
        x = network.Pools ? graph.Halved("stem.pool", x) : x;
        for (var i = 0; i < network.Blocks.Count; i++)
        {
            x = Block(graph, $"block{i}", x, network.Blocks[i]);
        }

        return x;
    }

    internal static string Block(GraphBuilder graph, string name, string input, ResidualBlock block)
    {
        string[] names = ["first", "second", "third"];
        var shortcut = block.Shortcut is null ? input : graph.Convolution(name + ".shortcut", input, block.Shortcut);
        var x = input;
        for (var i = 0; i < block.Path.Count - 1; i++)
        {
            x = graph.ConvolutionRelu($"{name}.{names[i]}", x, block.Path[i]);
        }

        var last = graph.Convolution($"{name}.{names[block.Path.Count - 1]}", x, block.Path[^1]);
        return graph.Relu(graph.Node("Add", name + ".sum", [last, shortcut]));
    }
}
