using Azure.Core.Pipeline;
using Emotion.ModelRegistry.Blobs;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;
using Emotion.ModelRegistry.Signing;
using Microsoft.Extensions.Options;

namespace Emotion.ModelRegistry;

/// <summary>
/// Versioned models in blob storage: <c>NAME/VERSION/…</c> with the manifest last, <c>releases/…</c>, both immutable, and
/// <c>channels/…</c>, moved only against the ETag that was read. Where keys are configured, everything that is read is checked against
/// them. Thread-safe.
/// </summary>
public sealed class Registry
{
    /// <exception cref="RegistryKeyException">A configured key cannot be used.</exception>
    public Registry(IOptions<ModelRegistryOptions> options, TimeProvider clock)
        : this(options.Value, clock, transport: null)
    {
    }

    internal Registry(ModelRegistryOptions options, TimeProvider clock, HttpPipelineTransport? transport)
    {
        Clock = clock;
        CacheDirectory = Path.GetFullPath(options.CacheDirectory);
        Keys = new RegistryKeys(options);
        Blobs = new BlobStore(BlobAccess.Open(options, transport), options);
        Cache = new PackageCache(options, clock);
        Packages = new PackageStore(Blobs, Keys, Cache, options);
        Releases = new ReleaseStore(Blobs, Packages, Keys, options);
        var seen = new SeenGenerations(options.CacheDirectory, Blobs.Address, persistent: Keys.Required);
        Channels = new ChannelStore(Blobs, Keys, seen, options, clock);
    }

    /// <summary>Where it is, without credentials.</summary>
    public string Address => Blobs.Address;

    /// <summary>Where fetched versions lie.</summary>
    public string CacheDirectory { get; }

    /// <summary>Whether unsigned packages, releases and channels are refused.</summary>
    public bool RequiresSignatures => Keys.Required;

    internal TimeProvider Clock { get; }

    internal RegistryKeys Keys { get; }

    internal BlobStore Blobs { get; }

    internal PackageCache Cache { get; }

    internal PackageStore Packages { get; }

    internal ReleaseStore Releases { get; }

    internal ChannelStore Channels { get; }

    /// <summary>Uploads a package: files first, then the manifest's signature where there is a key, the manifest last.</summary>
    /// <exception cref="RegistryConflictException">The version is there already.</exception>
    /// <exception cref="RegistryKeyException">It must be signed, and there is no key to sign with.</exception>
    public Task PublishAsync(ModelPackage package, CancellationToken cancellationToken) => Packages.PublishAsync(package, cancellationToken);

    /// <summary>
    /// A version as a checked local folder. What the cache holds is checked again and used; otherwise the files are fetched beside it
    /// and moved into place at once, so that a torn download is never seen.
    /// </summary>
    /// <exception cref="PackageIntegrityException">Unsigned, altered, too large, or with a graph that keeps values elsewhere.</exception>
    public Task<ModelPackage> FetchAsync(string name, string version, CancellationToken cancellationToken) =>
        FetchAsync(name, version, open => Task.Run(open, cancellationToken), cancellationToken);

    /// <summary>The same, with every check of a folder, as it came and in the cache, run where and when the caller wants it.</summary>
    public Task<ModelPackage> FetchAsync(string name, string version, PackageCheck check, CancellationToken cancellationToken) =>
        Packages.FetchAsync(name, version, check, cancellationToken);

    /// <summary>
    /// Deletes from the cache what was left behind by processes that were killed, and what is unused where it is larger than it may be. Other processes may
    /// read there meanwhile: what they fetch, or say by this that they have loaded, stays.
    /// </summary>
    /// <param name="loaded">Versions of the model that this process has loaded.</param>
    /// <param name="unusedFor">What was used since stays: longer than a fetch and a load take, and than any process lets pass between two calls of this.</param>
    public CacheTidied TidyCache(string name, IEnumerable<string> loaded, TimeSpan unusedFor)
    {
        foreach (var version in loaded)
        {
            Cache.Use(name, version);
        }

        return Cache.Tidy(unusedFor);
    }

    public async Task<ModelManifest> ManifestAsync(string name, string version, CancellationToken cancellationToken) =>
        (await Packages.ManifestAsync(name, version, cancellationToken)).Manifest;

    /// <summary>Complete versions of a model, oldest first.</summary>
    public Task<IReadOnlyList<string>> VersionsAsync(string name, CancellationToken cancellationToken) => Packages.VersionsAsync(name, cancellationToken);

    /// <exception cref="RegistryConflictException">The release name is taken.</exception>
    /// <exception cref="RegistryNotFoundException">A version it names is not published.</exception>
    /// <exception cref="PackageIntegrityException">Its fusion was trained on other versions.</exception>
    public Task PublishReleaseAsync(ReleaseManifest release, CancellationToken cancellationToken) => Releases.PublishAsync(release, cancellationToken);

    /// <summary>Names of all releases.</summary>
    public Task<IReadOnlyList<string>> ReleasesAsync(CancellationToken cancellationToken) => Releases.NamesAsync(cancellationToken);

    public async Task<ReleaseManifest> ReleaseAsync(string release, CancellationToken cancellationToken) =>
        (await Releases.ReadAsync(release, cancellationToken)).Release;

    /// <summary>Names of all channels that something was promoted to.</summary>
    public Task<IReadOnlyList<string>> ChannelsAsync(CancellationToken cancellationToken) => Channels.NamesAsync(cancellationToken);

    /// <summary>The channel and the ETag it was read at; null while nothing was ever promoted to it.</summary>
    /// <exception cref="PackageIntegrityException">Unsigned, altered, or of a lower generation than was seen.</exception>
    public Task<ChannelSnapshot?> ChannelAsync(string channel, CancellationToken cancellationToken) => Channels.ReadAsync(channel, cancellationToken);

    /// <summary>The ETag alone: what a service polls.</summary>
    public Task<string?> ChannelETagAsync(string channel, CancellationToken cancellationToken) => Channels.ETagAsync(channel, cancellationToken);

    /// <summary>Points a channel at a release, whatever its figures and licence: <see cref="Promotion.ReleasePromoter"/> is who asks.</summary>
    /// <exception cref="RegistryConflictException">Somebody else moved it meanwhile.</exception>
    /// <exception cref="PackageIntegrityException">The channel cannot be read, or was played back.</exception>
    public async Task<ChannelManifest> PromoteAsync(string channel, string release, double share, string who, string why, CancellationToken cancellationToken)
    {
        CheckShare(channel, share);
        await Releases.ReadAsync(release, cancellationToken);
        var before = await Channels.ReadAsync(channel, cancellationToken);
        return await Channels.MoveAsync(
            new ChannelMove(channel, release, share, who, why) { Before = before?.Channel, ETag = before?.ETag }, cancellationToken);
    }

    /// <summary>Points a channel back at what it pointed to before, as its history tells; the generation rises all the same.</summary>
    /// <exception cref="RegistryNotFoundException">There is nothing before, or it is not in the registry any more.</exception>
    /// <exception cref="RegistryConflictException">Somebody else moved it meanwhile.</exception>
    /// <exception cref="PackageIntegrityException">The channel was played back: what its history calls "before" is not what was before.</exception>
    public async Task<ChannelManifest> RollbackAsync(string channel, string who, string why, CancellationToken cancellationToken)
    {
        var now = await Channels.ReadAsync(channel, cancellationToken)
            ?? throw new RegistryNotFoundException($"Nothing was ever promoted to channel '{channel}'.");
        var before = ChannelHistory.Before(now.Channel)
            ?? throw new RegistryNotFoundException(
                $"Channel '{channel}' pointed to nothing before {now.Channel.Release}, as far as its history goes: promote a release instead"
                + (channel == ChannelManifest.Stable ? "." : $", or give {now.Channel.Release} the share 0."));
        var release = await Releases.ReadAsync(before.Release, cancellationToken);
        foreach (var (name, version) in release.Release.Models)
        {
            await Packages.ManifestAsync(name, version, cancellationToken);
        }

        var move = new ChannelMove(channel, before.Release, before.Share ?? now.Channel.Share, who, why)
        {
            Before = now.Channel,
            ETag = now.ETag,
            IsRollback = true,
        };
        return await Channels.MoveAsync(move, cancellationToken);
    }

    /// <summary>
    /// Takes a channel's share away and leaves it pointing where it does, so that what is under way there still ends there. Safe to race:
    /// of several that decided on the same generation one writes, and the others find it done.
    /// </summary>
    /// <returns>The channel as it is now, and whether it was this call that changed it.</returns>
    /// <exception cref="RegistryNotFoundException">Nothing was ever promoted to it.</exception>
    /// <exception cref="RegistryKeyException">It must be signed, and there is no key to sign with.</exception>
    public async Task<(ChannelManifest Channel, bool Changed)> HaltAsync(ChannelHalt halt, CancellationToken cancellationToken)
    {
        if (halt.Channel == ChannelManifest.Stable)
        {
            throw new ArgumentException("Channel 'stable' cannot be halted: somebody must answer.");
        }

        while (true)
        {
            var now = await Channels.ReadAsync(halt.Channel, cancellationToken)
                ?? throw new RegistryNotFoundException($"Nothing was ever promoted to channel '{halt.Channel}'.");
            if (now.Channel.Generation != halt.Generation)
            {
                return (now.Channel, false);
            }

            var move = new ChannelMove(halt.Channel, now.Channel.Release, 0, halt.Who, halt.Why)
            {
                Before = now.Channel,
                ETag = now.ETag,
                HaltedBy = halt.Rule,
            };
            try
            {
                return (await Channels.MoveAsync(move, cancellationToken), true);
            }
            catch (RegistryConflictException)
            {
                // Somebody was faster, so the generation is another one now, and the next look ends this.
            }
        }
    }

    internal static void CheckShare(string channel, double share)
    {
        if (share is < 0 or > 1 or double.NaN)
        {
            throw new ArgumentException($"The share {share} is none: 0 to 1 (0 to 100 %) is expected.");
        }

        if (channel == ChannelManifest.Stable && share != 1)
        {
            throw new ArgumentException("Channel 'stable' gets every request that no other channel takes: its share is 1 (100 %).");
        }
    }
}
