using Emotion.Inference.Audio;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Onnx;

namespace Emotion.Training.Packaging;

/// <summary>The graphs that a speech package takes over from npm.</summary>
public static class SoundGraphs
{
    /// <param name="folder">Where they are written.</param>
    /// <param name="voice">Of the recipe; null for a package that takes whatever is loud for speech.</param>
    public static IEnumerable<GraphManifest> Add(PackageFolder folder, VoiceActivitySpec? voice) =>
        voice is null ? [] : [folder.Add(AudioModel.VoiceRole, "voice-activity.onnx", VoiceActivityGraph.Of(NpmGraph.Read(VoiceActivityGraph.FileName)))];
}
