using Emotion.ModelRegistry.Packages;

namespace Emotion.ModelRegistry.Releases;

/// <summary>Fusion reads its upstreams' feature maps, and to it those of any other version are noise: they move together.</summary>
internal static class ReleaseCoherence
{
    public static IReadOnlyList<string> Objections(ReleaseManifest release, IReadOnlyDictionary<string, ModelManifest> manifests) =>
    [
        .. from model in manifests
           from upstream in model.Value.TrainedOn
           let has = release.Models.GetValueOrDefault(upstream.Key)
           where has != upstream.Value
           select $"{model.Key}/{model.Value.Version} was trained on {upstream.Key}/{upstream.Value}, the release has {has ?? "none"}.",
    ];
}
