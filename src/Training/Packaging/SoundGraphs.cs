using Emotion.Inference.Audio;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Onnx;
using Emotion.Training.Recipes;

namespace Emotion.Training.Packaging;

/// <summary>The graphs that packages for speech take over from npm.</summary>
public static class SoundGraphs
{
    /// <param name="folder">Where they are written.</param>
    /// <param name="recipe">Asks for voice activity, for a second branch, for both or for none.</param>
    public static IReadOnlyList<GraphManifest> Add(PackageFolder folder, AudioRecipe recipe)
    {
        var graphs = new List<GraphManifest>();
        if (recipe.VoiceActivity is not null)
        {
            graphs.Add(AddVoiceActivity(folder));
        }

        if (recipe.SecondBranch is { } branch)
        {
            graphs.Add(folder.Add(
                AudioModel.EncoderRole, "encoder.onnx", EncoderGraph.Pooled(NpmGraph.Read(EncoderGraph.FileName), branch.Layers)));
        }

        return graphs;
    }

    public static GraphManifest AddVoiceActivity(PackageFolder folder) =>
        folder.Add(AudioModel.VoiceRole, "voice-activity.onnx", VoiceActivityGraph.Of(NpmGraph.Read(VoiceActivityGraph.FileName)));
}
