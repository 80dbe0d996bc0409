using Emotion.ModelRegistry.Promotion;
using Emotion.ModelRegistry.Releases;

namespace Emotion.ModelRegistry;

/// <summary>
/// Gives an empty registry its first release: the packages under a folder <c>NAME/VERSION/</c> and the
/// <c>release.json</c> beside them. A registry whose stable channel points anywhere is left alone, so it may run at every start.
/// </summary>
public sealed class RegistrySeeder(Registry registry, ReleasePublisher publisher, ReleasePromoter promoter)
{
    public const string ReleaseFile = ReleasePublisher.ReleaseFile;

    /// <returns>What happened, one sentence for people.</returns>
    public async Task<string> SeedAsync(string directory, string who, CancellationToken cancellationToken)
    {
        var stable = await registry.ChannelAsync(ChannelManifest.Stable, cancellationToken);
        if (stable is not null)
        {
            var serves = stable.Channel.Release;
            var holds = File.Exists(Path.Combine(directory, ReleaseFile))
                ? (await ReleasePublisher.ReadReleaseAsync(directory, cancellationToken)).Release
                : serves;
            return $"The registry serves {serves} already; nothing seeded."
                + (holds == serves ? "" : $" {directory} holds {holds}: `models publish` and `models promote` bring it in.");
        }

        var published = await publisher.PublishReleaseAsync(directory, ReleasePublisher.Untried, cancellationToken);
        var release = published.Release;
        var request = new PromotionRequest(release.Release, ChannelManifest.Stable, 1, who, "first release of an empty registry");
        await promoter.PromoteAsync(request, cancellationToken);
        return $"Seeded {release.Release} ({string.Join(", ", release.Models.Select(model => $"{model.Key} {model.Value}"))}).";
    }
}
