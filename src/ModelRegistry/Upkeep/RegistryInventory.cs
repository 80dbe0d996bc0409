using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Promotion;
using Emotion.ModelRegistry.Releases;

namespace Emotion.ModelRegistry.Upkeep;

/// <summary>What a registry holds, at a glance.</summary>
/// <param name="Unfinished">Uploads that never ended, <c>NAME/VERSION</c>: no version that anybody sees.</param>
public sealed record RegistryInventory(
    string Registry,
    bool RequiresSignatures,
    IReadOnlyList<ListedVersion> Versions,
    IReadOnlyList<ListedRelease> Releases,
    IReadOnlyList<ListedChannel> Channels,
    IReadOnlyList<string> Unfinished)
{
    /// <summary>Reads every manifest, release and channel; what cannot be read is listed with the reason.</summary>
    public static async Task<RegistryInventory> ReadAsync(Registry registry, CancellationToken cancellationToken)
    {
        var channels = new List<ListedChannel>();
        foreach (var name in await registry.ChannelsAsync(cancellationToken))
        {
            var (channel, problem) = await TryAsync(() => registry.ChannelAsync(name, cancellationToken));
            channels.Add(new ListedChannel(name, channel?.Channel.Release, channel?.Channel.Share, channel?.Channel.Generation, channel?.Channel.History.LastOrDefault()?.When, problem)
            {
                Halt = channel?.Channel.Halt(),
            });
        }

        var releases = new List<ListedRelease>();
        foreach (var name in await registry.ReleasesAsync(cancellationToken))
        {
            var (release, problem) = await TryAsync<ReleaseManifest>(async () => await registry.ReleaseAsync(name, cancellationToken));
            var on = channels.Where(channel => channel.Release == name).Select(channel => channel.Name).ToList();
            releases.Add(new ListedRelease(name, release?.CreatedAt, release?.Models ?? new Dictionary<string, string>(), on, problem));
        }

        var uploads = await registry.Packages.UploadsAsync("", cancellationToken);
        var versions = new List<ListedVersion>();
        foreach (var upload in uploads.Where(upload => upload.IsComplete))
        {
            var (manifest, problem) = await TryAsync<ModelManifest>(async () => await registry.ManifestAsync(upload.Name, upload.Version, cancellationToken));
            var of = releases.Where(release => release.Models.GetValueOrDefault(upload.Name) == upload.Version).Select(release => release.Name).ToList();
            versions.Add(new ListedVersion(
                upload.Name, upload.Version, manifest?.CreatedAt, upload.Bytes, manifest is null ? [] : HeadlineMetric.Of(manifest), manifest?.License, of, problem));
        }

        return new RegistryInventory(
            registry.Address, registry.RequiresSignatures, versions, releases, channels,
            [.. uploads.Where(upload => !upload.IsComplete).Select(upload => $"{upload.Name}/{upload.Version}")]);
    }

    private static async Task<(T? Value, string? Problem)> TryAsync<T>(Func<Task<T?>> read) where T : class
    {
        try
        {
            return (await read(), null);
        }
        catch (Exception bad) when (bad is PackageIntegrityException or RegistryNotFoundException)
        {
            return (null, bad.Message);
        }
    }
}

/// <param name="Problem">Why it is refused; null where it is not.</param>
public sealed record ListedVersion(
    string Name, string Version, DateTimeOffset? CreatedAt, long Bytes, IReadOnlyList<HeadlineMetric> Headlines, LicenseManifest? License,
    IReadOnlyList<string> Releases, string? Problem);

/// <inheritdoc cref="ListedVersion"/>
public sealed record ListedRelease(
    string Name, DateTimeOffset? CreatedAt, IReadOnlyDictionary<string, string> Models, IReadOnlyList<string> Channels, string? Problem);

/// <inheritdoc cref="ListedVersion"/>
public sealed record ListedChannel(string Name, string? Release, double? Share, long? Generation, DateTimeOffset? ChangedAt, string? Problem)
{
    /// <summary>The move by which a gateway took the requests away from it; null where it did not.</summary>
    public ChannelChange? Halt { get; init; }
}
