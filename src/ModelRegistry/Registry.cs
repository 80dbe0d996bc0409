using System.Text.Json;
using Azure.Core;
using Azure.Storage.Blobs;
using Emotion.ModelRegistry.Blobs;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;
using Microsoft.Extensions.Options;

namespace Emotion.ModelRegistry;

/// <summary>
/// Versioned models in blob storage: <c>NAME/VERSION/…</c> with the manifest last, <c>releases/…</c>, both immutable, and
/// <c>channels/…</c>, moved only against the ETag that was read. Thread-safe.
/// </summary>
public sealed class Registry
{
    private readonly BlobStore _blobs;
    private readonly ModelRegistryOptions _options;
    private readonly TimeProvider _clock;

    public Registry(IOptions<ModelRegistryOptions> options, TimeProvider clock)
    {
        _options = options.Value;
        _clock = clock;
        var client = new BlobClientOptions();
        client.Retry.MaxRetries = _options.MaxRetries;
        client.Retry.NetworkTimeout = _options.NetworkTimeout;
        client.Retry.Mode = RetryMode.Exponential;
        client.Diagnostics.IsLoggingContentEnabled = false;
        _blobs = new BlobStore(new BlobContainerClient(_options.ConnectionString, _options.Container, client), _options);
    }

    /// <summary>Uploads a package: files first, manifest last.</summary>
    /// <exception cref="RegistryConflictException">The version is there already.</exception>
    public async Task PublishAsync(ModelPackage package, CancellationToken cancellationToken)
    {
        await _blobs.EnsureContainerAsync(cancellationToken);
        var folder = $"{package.Name}/{package.Version}/";
        if (await _blobs.ETagAsync(folder + ModelManifest.FileName, cancellationToken) is not null)
        {
            throw new RegistryConflictException($"{package.Name}/{package.Version} is published already, and what is published never changes.");
        }

        foreach (var path in package.Manifest.Files.Keys)
        {
            await using var content = File.OpenRead(package.PathOf(path));
            try
            {
                await _blobs.CreateAsync(folder + path, content, cancellationToken);
            }
            catch (RegistryConflictException)
            {
                // Left by an upload that never ended. The manifest's hash decides whether it is good: whoever fetches checks it.
                await VerifyBlobAsync(folder + path, package.Manifest.Files[path], cancellationToken);
            }
        }

        await using var manifest = File.OpenRead(Path.Combine(package.Directory, ModelManifest.FileName));
        await _blobs.CreateAsync(folder + ModelManifest.FileName, manifest, cancellationToken);
    }

    /// <summary>
    /// A version as a checked local folder. What the cache holds is checked again and used; otherwise the files are fetched beside it
    /// and moved into place at once, so that a torn download is never seen.
    /// </summary>
    public async Task<ModelPackage> FetchAsync(string name, string version, CancellationToken cancellationToken)
    {
        var manifest = await ManifestAsync(name, version, cancellationToken);
        var directory = Path.GetFullPath(Path.Combine(_options.CacheDirectory, name, version));
        if (Directory.Exists(directory))
        {
            try
            {
                return await ModelPackage.OpenAsync(directory, cancellationToken);
            }
            catch (PackageIntegrityException)
            {
                // The cache was damaged; the registry has the truth.
                Directory.Delete(directory, recursive: true);
            }
        }

        var fetching = directory + ".fetching-" + Guid.NewGuid().ToString("n")[..8];
        try
        {
            await DownloadAsync(manifest, fetching, cancellationToken);
            await ModelPackage.OpenAsync(fetching, cancellationToken);
            MoveIntoPlace(fetching, directory);
            return await ModelPackage.OpenAsync(directory, cancellationToken);
        }
        finally
        {
            if (Directory.Exists(fetching))
            {
                Directory.Delete(fetching, recursive: true);
            }
        }
    }

    public async Task<ModelManifest> ManifestAsync(string name, string version, CancellationToken cancellationToken)
    {
        var path = $"{RegistryNames.Checked(name, "model")}/{version}/{ModelManifest.FileName}";
        if (!PackageVersion.IsValid(version))
        {
            throw new ArgumentException($"'{version}' is no version: yyyyMMdd-HHmm-xxxxxxxx is expected.", nameof(version));
        }

        var blob = await _blobs.ReadAsync(path, cancellationToken)
            ?? throw new RegistryNotFoundException($"{name}/{version} is not in the registry (or its upload never ended).");
        var manifest = ModelPackage.ReadManifest(blob.Content);
        return manifest.Name == name && manifest.Version == version
            ? manifest
            : throw new PackageIntegrityException($"The manifest at {path} is that of {manifest.Name}/{manifest.Version}.");
    }

    /// <summary>Complete versions of a model, oldest first.</summary>
    public async Task<IReadOnlyList<string>> VersionsAsync(string name, CancellationToken cancellationToken)
    {
        var versions = new List<string>();
        var ending = "/" + ModelManifest.FileName;
        await foreach (var path in _blobs.ListAsync(RegistryNames.Checked(name, "model") + "/", cancellationToken))
        {
            if (path.EndsWith(ending, StringComparison.Ordinal))
            {
                versions.Add(path[(name.Length + 1)..^ending.Length]);
            }
        }

        return versions;
    }

    /// <exception cref="RegistryConflictException">The release name is taken.</exception>
    /// <exception cref="RegistryNotFoundException">A version it names is not published.</exception>
    public async Task PublishReleaseAsync(ReleaseManifest release, CancellationToken cancellationToken)
    {
        RegistryNames.Checked(release.Release, "release");
        foreach (var (name, version) in release.Models)
        {
            var manifest = await ManifestAsync(name, version, cancellationToken);
            foreach (var (upstream, trainedOn) in manifest.TrainedOn)
            {
                if (release.Models.GetValueOrDefault(upstream) != trainedOn)
                {
                    throw new PackageIntegrityException(
                        $"Release {release.Release} is not coherent: {name}/{version} was trained on {upstream}/{trainedOn}, the release has {release.Models.GetValueOrDefault(upstream) ?? "none"}.");
                }
            }
        }

        using var content = new MemoryStream(BlobStore.Serialize(release));
        await _blobs.CreateAsync($"releases/{release.Release}.json", content, cancellationToken);
    }

    /// <summary>Names of all releases.</summary>
    public async Task<IReadOnlyList<string>> ReleasesAsync(CancellationToken cancellationToken)
    {
        var releases = new List<string>();
        await foreach (var path in _blobs.ListAsync("releases/", cancellationToken))
        {
            if (path.EndsWith(".json", StringComparison.Ordinal))
            {
                releases.Add(path["releases/".Length..^".json".Length]);
            }
        }

        return releases;
    }

    public async Task<ReleaseManifest> ReleaseAsync(string release, CancellationToken cancellationToken)
    {
        var path = $"releases/{RegistryNames.Checked(release, "release")}.json";
        var blob = await _blobs.ReadAsync(path, cancellationToken)
            ?? throw new RegistryNotFoundException($"Release '{release}' is not in the registry.");
        return Read<ReleaseManifest>(blob.Content, path);
    }

    /// <summary>The channel and the ETag it was read at; null while nothing was ever promoted to it.</summary>
    public async Task<ChannelSnapshot?> ChannelAsync(string channel, CancellationToken cancellationToken)
    {
        var path = ChannelPath(channel);
        return await _blobs.ReadAsync(path, cancellationToken) is { } blob
            ? new ChannelSnapshot(Read<ChannelManifest>(blob.Content, path), blob.ETag)
            : null;
    }

    /// <summary>The ETag alone: what a service polls.</summary>
    public Task<string?> ChannelETagAsync(string channel, CancellationToken cancellationToken) =>
        _blobs.ETagAsync(ChannelPath(channel), cancellationToken);

    /// <summary>Points a channel at a release.</summary>
    /// <exception cref="RegistryConflictException">Somebody else moved it meanwhile.</exception>
    public async Task<ChannelManifest> PromoteAsync(string channel, string release, double share, string who, string why, CancellationToken cancellationToken)
    {
        if (share is < 0 or > 1 or double.NaN)
        {
            throw new ArgumentOutOfRangeException(nameof(share), share, "A share is between 0 and 1.");
        }

        await ReleaseAsync(release, cancellationToken);
        var before = await ChannelAsync(channel, cancellationToken);
        var change = new ChannelChange(who, _clock.GetUtcNow(), why, before?.Channel.Release, release);
        var after = new ChannelManifest
        {
            Release = release,
            Share = share,
            Generation = (before?.Channel.Generation ?? 0) + 1,
            History = [.. (before?.Channel.History ?? []).TakeLast(_options.HistoryLength - 1), change],
        };
        await _blobs.ReplaceAsync(ChannelPath(channel), after, before?.ETag, cancellationToken);
        return after;
    }

    private async Task DownloadAsync(ModelManifest manifest, string directory, CancellationToken cancellationToken)
    {
        if (manifest.Files.Count > _options.MaxPackageFiles)
        {
            throw new PackageIntegrityException($"{manifest.Name}/{manifest.Version} lists {manifest.Files.Count} files; the limit is {_options.MaxPackageFiles}.");
        }

        var left = _options.MaxPackageBytes;
        foreach (var path in manifest.Files.Keys)
        {
            var file = Path.Combine(directory, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            left -= await _blobs.DownloadAsync($"{manifest.Name}/{manifest.Version}/{path}", file, left, cancellationToken);
        }

        await File.WriteAllBytesAsync(Path.Combine(directory, ModelManifest.FileName), BlobStore.Serialize(manifest), cancellationToken);
    }

    private async Task VerifyBlobAsync(string path, string sha256, CancellationToken cancellationToken)
    {
        var copy = Path.GetTempFileName();
        try
        {
            await _blobs.DownloadAsync(path, copy, _options.MaxPackageBytes, cancellationToken);
            await using var content = File.OpenRead(copy);
            var found = Convert.ToHexStringLower(await System.Security.Cryptography.SHA256.HashDataAsync(content, cancellationToken));
            if (found != sha256)
            {
                throw new RegistryConflictException($"'{path}' exists already with other content: an upload of something else never ended there. Publish under a new version.");
            }
        }
        finally
        {
            File.Delete(copy);
        }
    }

    private static void MoveIntoPlace(string fetched, string directory)
    {
        try
        {
            Directory.Move(fetched, directory);
        }
        catch (IOException) when (Directory.Exists(directory))
        {
            // Another process of this machine fetched the same version at the same time; its copy is checked by the caller.
        }
    }

    private static T Read<T>(byte[] content, string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(content, RegistryJson.Options) ?? throw new PackageIntegrityException($"'{path}' is empty.");
        }
        catch (JsonException broken)
        {
            throw new PackageIntegrityException($"'{path}' cannot be read: {broken.Message}", broken);
        }
    }

    private static string ChannelPath(string channel) => $"channels/{RegistryNames.Checked(channel, "channel")}.json";
}
