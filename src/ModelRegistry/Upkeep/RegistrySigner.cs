using System.Text;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;

namespace Emotion.ModelRegistry.Upkeep;

/// <param name="Kind"><c>version</c>, <c>release</c> or <c>channel</c>.</param>
/// <param name="Before">The key that had signed it; null where it was unsigned.</param>
public sealed record SignedItem(string Kind, string Name, string? Before);

/// <summary>
/// Signs what the registry holds with the key of this process: when keys are introduced, and when one is replaced by another. Only
/// what a trusted key signed is signed again; what is unsigned only on explicit demand, since that is trust given for the first time.
/// </summary>
public sealed class RegistrySigner(Registry registry)
{
    /// <returns>What was signed; what has this key's signature already is left alone.</returns>
    /// <exception cref="RegistryKeyException">There is no key to sign with.</exception>
    /// <exception cref="PackageIntegrityException">Something is unsigned and <paramref name="adoptUnsigned"/> is false, or it is damaged.</exception>
    public async IAsyncEnumerable<SignedItem> SignAllAsync(
        string who, bool adoptUnsigned, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (registry.Keys.SigningKeyId is null)
        {
            throw new RegistryKeyException("There is no key to sign with: set ModelRegistry:SigningKeyFile.");
        }

        foreach (var upload in (await registry.Packages.UploadsAsync("", cancellationToken)).Where(upload => upload.IsComplete))
        {
            var folder = $"{upload.Name}/{upload.Version}/";
            if (await SignBlobAsync(
                "version", folder + ModelManifest.FileName, folder + ModelManifest.SignatureFileName, adoptUnsigned,
                content => CheckFilesAsync(content, cancellationToken), cancellationToken) is { } signed)
            {
                yield return signed with { Name = folder[..^1] };
            }
        }

        foreach (var release in await registry.ReleasesAsync(cancellationToken))
        {
            if (await SignBlobAsync(
                "release", ReleaseStore.PathOf(release), ReleaseStore.SignaturePathOf(release), adoptUnsigned, _ => Task.CompletedTask, cancellationToken) is { } signed)
            {
                yield return signed with { Name = release };
            }
        }

        foreach (var channel in await registry.ChannelsAsync(cancellationToken))
        {
            var path = ChannelStore.PathOf(channel);
            var stored = await registry.Blobs.ReadAsync(path, cancellationToken)
                ?? throw new RegistryNotFoundException($"Channel '{channel}' went away while it was looked at.");
            var before = SignedBy(path, stored.Content, stored.Signature, adoptUnsigned);
            if (before != registry.Keys.SigningKeyId)
            {
                if (before is not null)
                {
                    // A channel that was played back has a good signature too; a new one would make it current.
                    await registry.ChannelAsync(channel, cancellationToken);
                }

                await registry.Channels.SignAsync(channel, stored, who, cancellationToken);
                yield return new SignedItem("channel", channel, before);
            }
        }
    }

    private async Task<SignedItem?> SignBlobAsync(
        string kind, string path, string signaturePath, bool adoptUnsigned, Func<byte[], Task> check, CancellationToken cancellationToken)
    {
        var stored = await registry.Blobs.ReadAsync(path, cancellationToken)
            ?? throw new RegistryNotFoundException($"'{path}' went away while it was looked at.");
        var signature = await registry.Blobs.ReadAsync(signaturePath, cancellationToken);
        var before = SignedBy(path, stored.Content, signature is null ? null : Encoding.Latin1.GetString(signature.Content), adoptUnsigned);
        if (before == registry.Keys.SigningKeyId)
        {
            return null;
        }

        await check(stored.Content);
        var line = registry.Keys.Sign(path, stored.Content)!;
        await registry.Blobs.ReplaceAsync(signaturePath, Encoding.ASCII.GetBytes(line), signature: null, signature?.ETag, cancellationToken);
        return new SignedItem(kind, path, before);
    }

    private string? SignedBy(string path, byte[] content, string? signature, bool adoptUnsigned) =>
        signature is null && adoptUnsigned ? null : registry.Keys.Verify(path, content, signature);

    private async Task CheckFilesAsync(byte[] manifest, CancellationToken cancellationToken)
    {
        var scratch = Directory.CreateTempSubdirectory("emotion-sign-").FullName;
        try
        {
            await registry.Packages.DownloadAsync(new CheckedManifest(ModelPackage.ReadManifest(manifest), manifest, null), scratch, cancellationToken);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }
}
