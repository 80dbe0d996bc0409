using System.Security.Cryptography;
using System.Text;
using Emotion.ModelRegistry.Blobs;
using Emotion.ModelRegistry.Signing;

namespace Emotion.ModelRegistry.Packages;

/// <summary>Versions as blobs: <c>NAME/VERSION/…</c>, the manifest's signature before the manifest, the manifest last.</summary>
internal sealed class PackageStore(BlobStore blobs, RegistryKeys keys, PackageCache cache, ModelRegistryOptions options)
{
    private const string ManifestEnding = "/" + ModelManifest.FileName;

    public async Task PublishAsync(ModelPackage opened, CancellationToken cancellationToken)
    {
        // Checked again, so that what goes up is what the manifest says now and not what it said when the folder was opened.
        var package = await ModelPackage.OpenAsync(opened.Directory, cancellationToken);
        RefuseWhatNobodyCouldFetch(package);
        var folder = $"{package.Name}/{package.Version}/";
        var signature = keys.Sign(folder + ModelManifest.FileName, package.ManifestBytes);
        await blobs.EnsureContainerAsync(cancellationToken);
        if (await blobs.ETagAsync(folder + ModelManifest.FileName, cancellationToken) is not null)
        {
            throw new RegistryConflictException($"{package.Name}/{package.Version} is published already, and what is published never changes.");
        }

        foreach (var (path, sha256) in package.Manifest.Files)
        {
            await CreateOrConfirmAsync(package.PathOf(path), folder + path, sha256, cancellationToken);
        }

        if (signature is not null)
        {
            await CreateSignatureAsync(folder + ModelManifest.SignatureFileName, folder + ModelManifest.FileName, package.ManifestBytes, signature, cancellationToken);
        }

        await blobs.CreateAsync(folder + ModelManifest.FileName, package.ManifestBytes, cancellationToken);
    }

    /// <summary>
    /// Puts a signature down for a blob that is about to be committed. One that is there already was left by an upload of the same
    /// content that never ended, or by one that is going on.
    /// </summary>
    public async Task CreateSignatureAsync(string signaturePath, string path, byte[] content, string signature, CancellationToken cancellationToken)
    {
        try
        {
            await blobs.CreateAsync(signaturePath, Encoding.ASCII.GetBytes(signature), cancellationToken);
        }
        catch (RegistryConflictException taken)
        {
            try
            {
                keys.Verify(path, content, await ReadSignatureAsync(signaturePath, cancellationToken));
            }
            catch (PackageIntegrityException other)
            {
                throw new RegistryConflictException(
                    $"'{signaturePath}' exists already for other content: an upload of something else is going on or never ended there. Publish under a new name, or run 'models prune' once it is a day old.",
                    new AggregateException(taken, other));
            }
        }
    }

    public async Task<string?> ReadSignatureAsync(string signaturePath, CancellationToken cancellationToken) =>
        await blobs.ReadAsync(signaturePath, cancellationToken) is { } blob ? Encoding.Latin1.GetString(blob.Content) : null;

    /// <summary>The manifest, its signature checked where keys are configured.</summary>
    public async Task<CheckedManifest> ManifestAsync(string name, string version, CancellationToken cancellationToken)
    {
        if (!PackageVersion.IsValid(version))
        {
            throw new ArgumentException($"'{version}' is no version: yyyyMMdd-HHmm-xxxxxxxx is expected.");
        }

        var folder = $"{RegistryNames.Checked(name, "model")}/{version}/";
        var path = folder + ModelManifest.FileName;
        var blob = await blobs.ReadAsync(path, cancellationToken)
            ?? throw new RegistryNotFoundException($"{name}/{version} is not in the registry (or its upload never ended).");
        var signature = keys.Required ? await ReadSignatureAsync(folder + ModelManifest.SignatureFileName, cancellationToken) : null;
        var signedBy = keys.Verify(path, blob.Content, signature);
        var manifest = ModelPackage.ReadManifest(blob.Content);
        return manifest.Name == name && manifest.Version == version
            ? new CheckedManifest(manifest, blob.Content, signedBy)
            : throw new PackageIntegrityException($"The manifest at {path} is that of {manifest.Name}/{manifest.Version}.");
    }

    public async Task<ModelPackage> FetchAsync(string name, string version, PackageCheck check, CancellationToken cancellationToken)
    {
        var manifest = await ManifestAsync(name, version, cancellationToken);
        var directory = cache.PathOf(name, version);
        if (Directory.Exists(directory))
        {
            cache.Use(name, version); // Before anything of it is read.
            if (await CachedAsync(directory, manifest, check, cancellationToken) is { } cached)
            {
                return cached;
            }

            // The cache was damaged; the registry has the truth.
            RemoveDamaged(directory);
        }

        var fetching = directory + ".fetching-" + Guid.NewGuid().ToString("n")[..8];
        try
        {
            await DownloadAsync(manifest, fetching, check, cancellationToken);
            MoveIntoPlace(fetching, directory);
            cache.Use(name, version);
            // Whatever lies there now, perhaps put there by another process: only what the manifest that was checked describes is used.
            return await CachedAsync(directory, manifest, check, cancellationToken)
                ?? throw new PackageIntegrityException($"'{directory}' is not what the registry holds as {name}/{version}: somebody else writes into this cache. Refused.");
        }
        finally
        {
            if (Directory.Exists(fetching))
            {
                Directory.Delete(fetching, recursive: true);
            }
        }
    }

    /// <summary>Downloads a version into a folder that is not there yet, and checks every file of it.</summary>
    public Task<ModelPackage> DownloadAsync(CheckedManifest from, string directory, CancellationToken cancellationToken) =>
        DownloadAsync(from, directory, open => Task.Run(open, cancellationToken), cancellationToken);

    private async Task<ModelPackage> DownloadAsync(CheckedManifest from, string directory, PackageCheck check, CancellationToken cancellationToken)
    {
        var manifest = from.Manifest;
        if (manifest.Files.Count > options.MaxPackageFiles)
        {
            throw new PackageIntegrityException($"{manifest.Name}/{manifest.Version} lists {manifest.Files.Count} files; the limit is {options.MaxPackageFiles}.");
        }

        var left = options.MaxPackageBytes;
        foreach (var path in manifest.Files.Keys)
        {
            var file = Path.Combine(directory, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            left -= await blobs.DownloadAsync($"{manifest.Name}/{manifest.Version}/{path}", file, left, cancellationToken);
        }

        await File.WriteAllBytesAsync(Path.Combine(directory, ModelManifest.FileName), from.Content, cancellationToken);
        return await check(() => ModelPackage.Open(directory, cancellationToken));
    }

    /// <summary>Complete versions of a model, oldest first.</summary>
    public async Task<IReadOnlyList<string>> VersionsAsync(string name, CancellationToken cancellationToken) =>
        [.. (await UploadsAsync(RegistryNames.Checked(name, "model") + "/", cancellationToken)).Where(upload => upload.IsComplete).Select(upload => upload.Version)];

    /// <summary>Everything under version names, complete or not, by name and then oldest first.</summary>
    public async Task<IReadOnlyList<Upload>> UploadsAsync(string prefix, CancellationToken cancellationToken)
    {
        var uploads = new SortedDictionary<string, List<ListedBlob>>(StringComparer.Ordinal);
        await foreach (var blob in blobs.ListAsync(prefix, cancellationToken))
        {
            var parts = blob.Path.Split('/', 3);
            if (parts.Length == 3 && RegistryNames.IsValidModel(parts[0]) && PackageVersion.IsValid(parts[1]))
            {
                var key = $"{parts[0]}/{parts[1]}";
                uploads.TryAdd(key, []);
                uploads[key].Add(blob);
            }
        }

        return [.. uploads.Select(upload => new Upload(
            upload.Key.Split('/')[0], upload.Key.Split('/')[1], upload.Value.Any(blob => blob.Path == upload.Key + ManifestEnding), upload.Value))];
    }

    /// <summary>The manifest first: from then on the version is not there, whatever becomes of the rest.</summary>
    /// <returns>False where somebody writes there, and what was not deleted yet stays.</returns>
    public async Task<bool> DeleteAsync(Upload upload, CancellationToken cancellationToken)
    {
        var manifest = $"{upload.Name}/{upload.Version}/{ModelManifest.FileName}";
        foreach (var blob in upload.Blobs.OrderByDescending(blob => blob.Path == manifest))
        {
            if (!await blobs.DeleteAsListedAsync(blob, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    private void RefuseWhatNobodyCouldFetch(ModelPackage package)
    {
        var name = $"{package.Name}/{package.Version}";
        var files = package.Manifest.Files.Keys;
        if (package.Manifest.Files.Count > options.MaxPackageFiles)
        {
            throw new PackageIntegrityException($"{name} lists {package.Manifest.Files.Count} files; the limit is {options.MaxPackageFiles}.");
        }

        if (files.Sum(path => new FileInfo(package.PathOf(path)).Length) is var bytes && bytes > options.MaxPackageBytes)
        {
            throw new PackageIntegrityException($"{name} has {bytes} bytes; the limit is {options.MaxPackageBytes}.");
        }

        if (package.ManifestBytes.Length > options.MaxManifestBytes)
        {
            throw new PackageIntegrityException($"The manifest of {name} has {package.ManifestBytes.Length} bytes; the limit is {options.MaxManifestBytes}.");
        }
    }

    private static void RemoveDamaged(string directory)
    {
        var aside = directory + ".damaged-" + Guid.NewGuid().ToString("n")[..8];
        try
        {
            Directory.Move(directory, aside);
        }
        catch (DirectoryNotFoundException)
        {
            return; // Another replica has seen it, too.
        }

        Directory.Delete(aside, recursive: true);
    }

    private static async Task<ModelPackage?> CachedAsync(string directory, CheckedManifest manifest, PackageCheck check, CancellationToken cancellationToken)
    {
        try
        {
            var cached = await check(() => ModelPackage.Open(directory, cancellationToken));
            return cached.ManifestBytes.AsSpan().SequenceEqual(manifest.Content) ? cached : null;
        }
        catch (PackageIntegrityException)
        {
            return null;
        }
        catch (IOException) when (!Directory.Exists(directory))
        {
            return null; // It was tidied away in this very moment.
        }
    }

    private async Task CreateOrConfirmAsync(string file, string path, string sha256, CancellationToken cancellationToken)
    {
        await using var content = File.OpenRead(file);
        try
        {
            await blobs.CreateAsync(path, content, cancellationToken);
        }
        catch (RegistryConflictException)
        {
            // Left by an upload that never ended. The manifest's hash decides whether it is good: whoever fetches checks it.
            await ConfirmAsync(path, sha256, cancellationToken);
            // Prune takes uploads by their age: this one is going on again.
            await blobs.TouchAsync(path, cancellationToken);
        }
    }

    private async Task ConfirmAsync(string path, string sha256, CancellationToken cancellationToken)
    {
        var copy = Path.GetTempFileName();
        try
        {
            await blobs.DownloadAsync(path, copy, options.MaxPackageBytes, cancellationToken);
            await using var content = File.OpenRead(copy);
            if (Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken)) != sha256)
            {
                throw new RegistryConflictException(
                    $"'{path}' exists already with other content: an upload of something else never ended there. Publish under a new version, or run 'models prune' once it is a day old.");
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
}

/// <param name="Content">The manifest's bytes as they are in the registry.</param>
/// <param name="SignedBy">The key's id; null where no key is configured.</param>
internal sealed record CheckedManifest(ModelManifest Manifest, byte[] Content, string? SignedBy);

/// <summary>What lies under a version's name; a version only when it is complete.</summary>
internal sealed record Upload(string Name, string Version, bool IsComplete, IReadOnlyList<ListedBlob> Blobs)
{
    public DateTimeOffset LastModified => Blobs.Max(blob => blob.LastModified);

    public long Bytes => Blobs.Sum(blob => blob.Bytes);
}
