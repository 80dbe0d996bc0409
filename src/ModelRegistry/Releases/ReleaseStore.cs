using Emotion.ModelRegistry.Blobs;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Signing;

namespace Emotion.ModelRegistry.Releases;

/// <summary><c>releases/NAME.json</c>, and <c>releases/NAME.sig</c> before it where there is a key to sign with.</summary>
internal sealed class ReleaseStore(BlobStore blobs, PackageStore packages, RegistryKeys keys, ModelRegistryOptions options)
{
    private const string Folder = "releases/";
    private const string Ending = ".json";
    private const string SignatureEnding = ".sig";

    public static string PathOf(string release) => $"{Folder}{RegistryNames.Checked(release, "release")}{Ending}";

    public static string SignaturePathOf(string release) => $"{Folder}{RegistryNames.Checked(release, "release")}{SignatureEnding}";

    public async Task PublishAsync(ReleaseManifest release, CancellationToken cancellationToken)
    {
        var path = PathOf(release.Release);
        var content = BlobStore.Serialize(release);
        if (content.Length > options.MaxManifestBytes)
        {
            throw new PackageIntegrityException(
                $"Release {release.Release} has {content.Length} bytes; the limit is {options.MaxManifestBytes} (ModelRegistry:MaxManifestBytes), and nobody could read it.");
        }

        var manifests = new Dictionary<string, ModelManifest>();
        foreach (var (name, version) in release.Models)
        {
            manifests[name] = (await packages.ManifestAsync(name, version, cancellationToken)).Manifest;
        }

        if (ReleaseCoherence.Objections(release, manifests) is [var first, ..])
        {
            throw new PackageIntegrityException($"Release {release.Release} is not coherent: {first}");
        }

        var signature = keys.Sign(path, content);
        await blobs.EnsureContainerAsync(cancellationToken);
        if (await blobs.ETagAsync(path, cancellationToken) is not null)
        {
            throw new RegistryConflictException($"Release {release.Release} is published already, and what is published never changes.");
        }

        if (signature is not null)
        {
            await packages.CreateSignatureAsync(SignaturePathOf(release.Release), path, content, signature, cancellationToken);
        }

        await blobs.CreateAsync(path, content, cancellationToken);
    }

    public async Task<CheckedRelease> ReadAsync(string release, CancellationToken cancellationToken)
    {
        var path = PathOf(release);
        var blob = await blobs.ReadAsync(path, cancellationToken)
            ?? throw new RegistryNotFoundException($"Release '{release}' is not in the registry.");
        var signature = keys.Required ? await packages.ReadSignatureAsync(SignaturePathOf(release), cancellationToken) : null;
        var signedBy = keys.Verify(path, blob.Content, signature);
        var manifest = RegistryJson.Read<ReleaseManifest>(blob.Content, path);
        return manifest.Release == release
            ? new CheckedRelease(manifest, blob.Content, signedBy)
            : throw new PackageIntegrityException($"The release at {path} is that of {manifest.Release}.");
    }

    public async Task<IReadOnlyList<string>> NamesAsync(CancellationToken cancellationToken) =>
        [.. (await ListAsync(cancellationToken)).Select(listed => listed.Name)];

    public async Task<IReadOnlyList<(string Name, ListedBlob Blob)>> ListAsync(CancellationToken cancellationToken)
    {
        var releases = new List<(string Name, ListedBlob Blob)>();
        await foreach (var blob in blobs.ListAsync(Folder, cancellationToken))
        {
            if (RegistryNames.Within(Folder, Ending, blob.Path) is { } name)
            {
                releases.Add((name, blob));
            }
        }

        return releases;
    }

    /// <summary>Signatures of releases whose upload never ended.</summary>
    public async Task<IReadOnlyList<ListedBlob>> LeftSignaturesAsync(CancellationToken cancellationToken)
    {
        var releases = (await NamesAsync(cancellationToken)).Select(SignaturePathOf).ToHashSet();
        var left = new List<ListedBlob>();
        await foreach (var blob in blobs.ListAsync(Folder, cancellationToken))
        {
            if (blob.Path.EndsWith(SignatureEnding, StringComparison.Ordinal) && !releases.Contains(blob.Path))
            {
                left.Add(blob);
            }
        }

        return left;
    }

    public async Task DeleteAsync(string release, CancellationToken cancellationToken)
    {
        await blobs.DeleteAsync(PathOf(release), cancellationToken);
        await blobs.DeleteAsync(SignaturePathOf(release), cancellationToken);
    }
}

/// <param name="Content">The bytes as they are in the registry.</param>
/// <param name="SignedBy">The key's id; null where no key is configured.</param>
internal sealed record CheckedRelease(ReleaseManifest Release, byte[] Content, string? SignedBy);
