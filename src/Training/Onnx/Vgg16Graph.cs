using Emotion.Training.Networks;

namespace Emotion.Training.Onnx;

/// <summary>The feature map of a <see cref="Vgg16"/>.</summary>
internal static class Vgg16Graph
{
    public static string Features(GraphBuilder graph, string input, Vgg16 network)
    {
        var (x, layer) = (input, 0);
        for (var stage = 0; stage < Vgg16Spec.Stages.Length; stage++)
        {
            for (var i = 0; i < Vgg16Spec.Stages[stage].Length; i++, layer++)
            {
                x = graph.ConvolutionRelu($"layer{layer}", x, network.Layers[layer]);
            }

            x = graph.MaxPool($"pool{stage}", x, kernel: 2, padding: 0);
        }

        return x;
    }
}
