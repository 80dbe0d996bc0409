using System.Text.Json;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;

namespace Emotion.ModelRegistry;

/// <summary>Publishes folders: a package, or a <c>release.json</c> with the packages it names under <c>NAME/VERSION/</c> beside it.</summary>
public sealed class ReleasePublisher(Registry registry)
{
    public const string ReleaseFile = "release.json";

    /// <summary>For who has nothing to run a package with; every service tries what it loads before it serves it.</summary>
    public static PackageTrial Untried { get; } = (_, _) => Task.CompletedTask;

    /// <summary>The release of such a folder, not yet published.</summary>
    /// <exception cref="RegistryNotFoundException">The folder has none.</exception>
    public static async Task<ReleaseManifest> ReadReleaseAsync(string directory, CancellationToken cancellationToken)
    {
        var file = Path.Combine(directory, ReleaseFile);
        if (!File.Exists(file))
        {
            throw new RegistryNotFoundException($"'{file}' is missing: a folder of {ReleaseFile} and NAME/VERSION/ packages is expected.");
        }

        return RegistryJson.Read<ReleaseManifest>(await File.ReadAllBytesAsync(file, cancellationToken), file);
    }

    /// <summary>
    /// Publishes what of a release is not there yet, the release last. What was interrupted goes on where it ended. A version is
    /// there already only with the same manifest: its name holds a few digits of the files' hashes, and nothing of the manifest.
    /// What is new is tried, all of it before the first upload.
    /// </summary>
    /// <exception cref="RegistryConflictException">Somebody else publishes the same at the same time, or another release or version has the name.</exception>
    public async Task<PublishedRelease> PublishReleaseAsync(string directory, PackageTrial trial, CancellationToken cancellationToken)
    {
        var release = await ReadReleaseAsync(directory, cancellationToken);
        var packages = new List<(ModelPackage Package, bool IsNew)>();
        foreach (var (name, version) in release.Models)
        {
            var package = await ModelPackage.OpenAsync(Path.Combine(directory, name, version), cancellationToken);
            if (package.Name != name || package.Version != version)
            {
                throw new PackageIntegrityException($"'{package.Directory}' holds {package.Name}/{package.Version}.");
            }

            var isNew = !(await registry.VersionsAsync(name, cancellationToken)).Contains(version);
            if (isNew)
            {
                await trial(package, cancellationToken);
            }
            else if (!(await registry.Packages.ManifestAsync(name, version, cancellationToken)).Content.AsSpan().SequenceEqual(package.ManifestBytes))
            {
                throw new RegistryConflictException($"{name}/{version} is published already with another manifest, and what is published never changes: seal this one anew.");
            }

            packages.Add((package, isNew));
        }

        foreach (var (package, _) in packages.Where(package => package.IsNew))
        {
            await registry.PublishAsync(package, cancellationToken);
        }

        var releaseIsNew = !(await registry.ReleasesAsync(cancellationToken)).Contains(release.Release);
        if (releaseIsNew)
        {
            await registry.PublishReleaseAsync(release, cancellationToken);
        }
        else if (!Same(release, await registry.ReleaseAsync(release.Release, cancellationToken)))
        {
            throw new RegistryConflictException($"Release {release.Release} is published already with other models: give this one another name.");
        }

        return new PublishedRelease(release, releaseIsNew, [.. packages.Select(one => new PublishedVersion(one.Package.Name, one.Package.Version, one.IsNew))]);
    }

    private static bool Same(ReleaseManifest one, ReleaseManifest other) =>
        JsonSerializer.SerializeToUtf8Bytes(one, RegistryJson.Options).AsSpan()
            .SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(other, RegistryJson.Options));
}

/// <param name="IsNew">False where it was there already.</param>
public sealed record PublishedVersion(string Name, string Version, bool IsNew);

/// <param name="IsNew">False where the release was there already.</param>
public sealed record PublishedRelease(ReleaseManifest Release, bool IsNew, IReadOnlyList<PublishedVersion> Versions);
