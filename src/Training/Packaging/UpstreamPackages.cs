using Emotion.Inference.Audio;
using Emotion.Inference.Text;
using Emotion.Inference.Video;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Training.Packaging;

/// <summary>The packages whose feature maps fusion takes.</summary>
public static class UpstreamPackages
{
    /// <summary>In the order of fusion's inputs: who comes later keeps its place at the end.</summary>
    public static readonly IReadOnlyList<string> Names = [AudioModel.ModelName, VideoModel.ModelName, TextModel.ModelName];

    /// <summary>The newest of each; without text where the folder has none, or one that only writes down what is said.</summary>
    public static async Task<IReadOnlyList<ModelPackage>> NewestAsync(string packages, CancellationToken cancellationToken)
    {
        var newest = new List<ModelPackage>();
        foreach (var name in Names.Where(name => name != TextModel.ModelName || Directory.Exists(Path.Combine(packages, name))))
        {
            newest.Add(await PackageFolder.NewestAsync(packages, name, cancellationToken));
        }

        return [.. newest.Where(package => package.Name != TextModel.ModelName || package.Manifest.Graphs.Any(graph => graph.Role == TextModel.ClassifierRole))];
    }

    /// <param name="versions">By name.</param>
    public static async Task<IReadOnlyList<ModelPackage>> OpenAsync(
        string packages, IReadOnlyDictionary<string, string> versions, CancellationToken cancellationToken)
    {
        var opened = new List<ModelPackage>();
        foreach (var name in Names.Where(versions.ContainsKey))
        {
            opened.Add(await ModelPackage.OpenAsync(Path.Combine(packages, name, versions[name]), cancellationToken));
        }

        return opened;
    }
}
