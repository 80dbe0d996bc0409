using System.Text.Json;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;

namespace Emotion.ModelRegistry;

/// <summary>
/// Gives an empty registry its first release: the packages under a folder <c>NAME/VERSION/</c> and the
/// <c>release.json</c> beside them. A registry whose stable channel points anywhere is left alone, so it may run at every start.
/// </summary>
public sealed class RegistrySeeder(Registry registry)
{
    public const string ReleaseFile = "release.json";

    /// <returns>What happened, one sentence for people.</returns>
    public async Task<string> SeedAsync(string directory, string who, CancellationToken cancellationToken)
    {
        var stable = await registry.ChannelAsync(ChannelManifest.Stable, cancellationToken);
        if (stable is not null)
        {
            return $"The registry serves {stable.Channel.Release} already; nothing seeded.";
        }

        var file = Path.Combine(directory, ReleaseFile);
        if (!File.Exists(file))
        {
            throw new RegistryNotFoundException($"'{file}' is missing: the folder to seed from holds {ReleaseFile} and NAME/VERSION/ packages.");
        }

        var release = JsonSerializer.Deserialize<ReleaseManifest>(await File.ReadAllBytesAsync(file, cancellationToken), RegistryJson.Options)
            ?? throw new PackageIntegrityException($"'{file}' is empty.");
        foreach (var (name, version) in release.Models)
        {
            var package = await ModelPackage.OpenAsync(Path.Combine(directory, name, version), cancellationToken);
            // A seeding that was interrupted may have left some; a version's name holds the hash of its content, so it is the same.
            if (!(await registry.VersionsAsync(name, cancellationToken)).Contains(version))
            {
                await registry.PublishAsync(package, cancellationToken);
            }
        }

        if (!(await registry.ReleasesAsync(cancellationToken)).Contains(release.Release))
        {
            await registry.PublishReleaseAsync(release, cancellationToken);
        }

        await registry.PromoteAsync(ChannelManifest.Stable, release.Release, 1, who, "first release of an empty registry", cancellationToken);
        return $"Seeded {release.Release} ({string.Join(", ", release.Models.Select(model => $"{model.Key} {model.Value}"))}).";
    }
}
