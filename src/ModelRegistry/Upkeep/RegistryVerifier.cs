using System.Runtime.CompilerServices;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;

namespace Emotion.ModelRegistry.Upkeep;

/// <summary>What a look at one thing in the registry found.</summary>
/// <param name="Kind"><c>version</c>, <c>upload</c> (a version that was never finished), <c>release</c>, <c>channel</c>, or <c>stray</c> (among releases or channels, and none).</param>
/// <param name="Bytes">That were read and hashed.</param>
/// <param name="SignedBy">The key; null where none is configured, or where it is not good.</param>
/// <param name="Problem">Null where there is none.</param>
public sealed record VerifiedItem(string Kind, string Name, long Bytes, string? SignedBy, string? Problem);

/// <summary>Reads everything again that the registry holds and compares it with what it says of itself.</summary>
public sealed class RegistryVerifier(Registry registry)
{
    /// <summary>Versions, then releases, then channels; an upload that never ended is told, and is no problem: nobody sees it.</summary>
    public async IAsyncEnumerable<VerifiedItem> VerifyAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var upload in await registry.Packages.UploadsAsync("", cancellationToken))
        {
            yield return upload.IsComplete
                ? await VerifyAsync(upload, cancellationToken)
                : new VerifiedItem("upload", $"{upload.Name}/{upload.Version}", 0, null, null);
        }

        foreach (var release in await registry.ReleasesAsync(cancellationToken))
        {
            yield return await TryAsync("release", release, item => VerifyReleaseAsync(item, cancellationToken));
        }

        foreach (var channel in await registry.ChannelsAsync(cancellationToken))
        {
            yield return await TryAsync("channel", channel, item => VerifyChannelAsync(item, cancellationToken));
        }

        foreach (var (folder, endings) in ((string, string[])[])[("releases/", [".json", ".sig"]), ("channels/", [".json"])])
        {
            await foreach (var blob in registry.Blobs.ListAsync(folder, cancellationToken))
            {
                if (endings.All(ending => RegistryNames.Within(folder, ending, blob.Path) is null))
                {
                    yield return new VerifiedItem("stray", blob.Path, 0, null, $"'{blob.Path}' has no name that anything here is called by: nothing reads it, and it can be deleted.");
                }
            }
        }
    }

    /// <summary>One version: every file hashed, graphs looked through, the signature checked, nothing beside it that it does not list.</summary>
    /// <exception cref="RegistryNotFoundException">There is no such version.</exception>
    public async Task<VerifiedItem> VerifyVersionAsync(string name, string version, CancellationToken cancellationToken)
    {
        var uploads = await registry.Packages.UploadsAsync($"{RegistryNames.Checked(name, "model")}/{version}/", cancellationToken);
        return uploads is [{ IsComplete: true } upload]
            ? await VerifyAsync(upload, cancellationToken)
            : throw new RegistryNotFoundException($"{name}/{version} is not in the registry (or its upload never ended).");
    }

    private Task<VerifiedItem> VerifyAsync(Upload upload, CancellationToken cancellationToken) =>
        TryAsync("version", $"{upload.Name}/{upload.Version}", async item =>
        {
            var manifest = await registry.Packages.ManifestAsync(upload.Name, upload.Version, cancellationToken);
            var scratch = Directory.CreateTempSubdirectory("emotion-verify-").FullName;
            try
            {
                await registry.Packages.DownloadAsync(manifest, scratch, cancellationToken);
            }
            finally
            {
                Directory.Delete(scratch, recursive: true);
            }

            var known = manifest.Manifest.Files.Keys.Concat([ModelManifest.FileName, ModelManifest.SignatureFileName])
                .Select(file => $"{upload.Name}/{upload.Version}/{file}");
            var unlisted = upload.Blobs.Select(blob => blob.Path).Except(known).FirstOrDefault();
            return item with
            {
                Bytes = upload.Bytes,
                SignedBy = manifest.SignedBy,
                Problem = unlisted is null ? null : $"'{unlisted}' is not listed in the manifest.",
            };
        });

    private async Task<VerifiedItem> VerifyReleaseAsync(VerifiedItem item, CancellationToken cancellationToken)
    {
        var release = await registry.Releases.ReadAsync(item.Name, cancellationToken);
        var manifests = new Dictionary<string, ModelManifest>();
        foreach (var (name, version) in release.Release.Models)
        {
            manifests[name] = (await registry.Packages.ManifestAsync(name, version, cancellationToken)).Manifest;
        }

        return item with
        {
            Bytes = release.Content.Length,
            SignedBy = release.SignedBy,
            Problem = ReleaseCoherence.Objections(release.Release, manifests).FirstOrDefault(),
        };
    }

    private async Task<VerifiedItem> VerifyChannelAsync(VerifiedItem item, CancellationToken cancellationToken)
    {
        var channel = await registry.ChannelAsync(item.Name, cancellationToken)
            ?? throw new RegistryNotFoundException($"Channel '{item.Name}' went away while it was looked at.");
        await registry.ReleaseAsync(channel.Channel.Release, cancellationToken);
        return item with { SignedBy = channel.SignedBy };
    }

    private static async Task<VerifiedItem> TryAsync(string kind, string name, Func<VerifiedItem, Task<VerifiedItem>> look)
    {
        var item = new VerifiedItem(kind, name, 0, null, null);
        try
        {
            return await look(item);
        }
        catch (Exception bad) when (bad is PackageIntegrityException or RegistryNotFoundException or ArgumentException)
        {
            return item with { Problem = bad.Message };
        }
    }
}
