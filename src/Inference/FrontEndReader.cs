using System.Text.Json;
using Emotion.Features;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Inference;

/// <summary>What every model reads from its manifest before it serves.</summary>
internal static class FrontEndReader
{
    /// <summary><c>frontEnd</c> as the spec of this kind of model; nothing in it may be missing.</summary>
    public static TSpec Spec<TSpec>(this ModelManifest manifest)
    {
        try
        {
            return manifest.FrontEnd.Deserialize<TSpec>(RegistryJson.Options)!;
        }
        catch (JsonException broken)
        {
            throw new UnservablePackageException($"{manifest.Name}/{manifest.Version}: frontEnd: {broken.Message}", broken);
        }
    }

    /// <summary>Runs the constructor of a front end, whose complaints about its spec are the package's fault.</summary>
    public static TFrontEnd Build<TFrontEnd>(this ModelManifest manifest, Func<TFrontEnd> build)
    {
        try
        {
            return build();
        }
        catch (ArgumentException wrong)
        {
            throw new UnservablePackageException($"{manifest.Name}/{manifest.Version}: {wrong.Message}", wrong);
        }
    }

    /// <exception cref="UnservablePackageException">The order of the classes is not ours.</exception>
    public static void RequireOurLabels(this ModelManifest manifest)
    {
        if (!manifest.Labels.SequenceEqual(EmotionLabels.Names))
        {
            throw new UnservablePackageException(
                $"{manifest.Name}/{manifest.Version} has labels {string.Join(" ", manifest.Labels)}; they must be {string.Join(" ", EmotionLabels.Names)}.");
        }

        foreach (var label in manifest.CoveredLabels.Where(label => !EmotionLabels.TryIndexOf(label, out _)))
        {
            throw new UnservablePackageException($"{manifest.Name}/{manifest.Version} covers '{label}', which is no label.");
        }
    }
}
