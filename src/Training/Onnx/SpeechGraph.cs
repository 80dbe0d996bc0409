using Emotion.Features.Mfcc;
using Emotion.Training.Networks;
using Emotion.Training.Recipes;

namespace Emotion.Training.Onnx;

/// <summary>A trained <see cref="SpeechNetwork"/> as ONNX: <c>features [batch, 1, frames, coefficients]</c> to logits, posterior and embedding.</summary>
public static class SpeechGraph
{
    /// <summary>Name of the input.</summary>
    public const string Input = "features";

    public static Proto.ModelProto Write(SpeechNetwork network, AudioRecipe recipe, MfccSpec spec, ClassifierHead head) => PictureGraph.Write(
        network.Body, Input, spec.Frames, spec.Coefficients, InputView.Plain, head,
        recipe.Input is { } input ? (graph, features) => Picture(graph, features, spec, input) : null);

    private static string Picture(GraphBuilder graph, string features, MfccSpec spec, SpeechInputSpec input)
    {
        var matrix = graph.Constant("cepstrum", CepstralPicture.Matrix(spec, input.Bands), spec.Coefficients, input.Bands);
        var picture = graph.Node("MatMul", "picture", [features, matrix]);
        if (!input.Centred)
        {
            return picture;
        }

        var mean = graph.Node("ReduceMean", "picture.mean", [picture], ("axes", new long[] { 2 }), ("keepdims", 1));
        return graph.Node("Concat", "picture.both", [picture, graph.Node("Sub", "picture.centred", [picture, mean])], ("axis", 1));
    }
}
