using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Emotion.ModelRegistry.Blobs;

/// <summary>The few blob operations that the registry is made of, with Azure's status codes turned into what they mean here.</summary>
internal sealed class BlobStore(BlobContainerClient container, ModelRegistryOptions options)
{
    public async Task EnsureContainerAsync(CancellationToken cancellationToken) =>
        await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);

    /// <summary>Uploads only if the name is free.</summary>
    /// <exception cref="RegistryConflictException">It is taken.</exception>
    public async Task CreateAsync(string path, Stream content, CancellationToken cancellationToken)
    {
        try
        {
            var onlyIfAbsent = new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } };
            await container.GetBlobClient(path).UploadAsync(content, onlyIfAbsent, cancellationToken);
        }
        catch (RequestFailedException failure) when (failure.Status is 409 or 412)
        {
            throw new RegistryConflictException($"'{path}' exists already, and what is published never changes.", failure);
        }
    }

    /// <summary>Replaces a blob that still has <paramref name="etag"/>, or creates it where null says that there was none.</summary>
    /// <exception cref="RegistryConflictException">It changed meanwhile.</exception>
    public async Task ReplaceAsync(string path, object value, string? etag, CancellationToken cancellationToken)
    {
        var conditions = etag is null
            ? new BlobRequestConditions { IfNoneMatch = ETag.All }
            : new BlobRequestConditions { IfMatch = new ETag(etag) };
        try
        {
            using var content = new MemoryStream(Serialize(value));
            await container.GetBlobClient(path).UploadAsync(content, new BlobUploadOptions { Conditions = conditions }, cancellationToken);
        }
        catch (RequestFailedException failure) when (failure.Status is 409 or 412)
        {
            throw new RegistryConflictException($"'{path}' was changed by somebody else meanwhile: read it again and decide again.", failure);
        }
    }

    /// <summary>A small JSON blob with its ETag; null where there is none.</summary>
    public async Task<(byte[] Content, string ETag)?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var download = await container.GetBlobClient(path).DownloadStreamingAsync(cancellationToken: cancellationToken);
            using var body = download.Value;
            if (body.Details.ContentLength > options.MaxManifestBytes)
            {
                throw new PackageIntegrityException($"'{path}' has {body.Details.ContentLength} bytes; the limit is {options.MaxManifestBytes}.");
            }

            using var content = new MemoryStream((int)body.Details.ContentLength);
            await body.Content.CopyToAsync(content, cancellationToken);
            return (content.ToArray(), body.Details.ETag.ToString());
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
    }

    /// <summary>The blob's ETag without its content: what a poll costs. Null where there is none.</summary>
    public async Task<string?> ETagAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var properties = await container.GetBlobClient(path).GetPropertiesAsync(cancellationToken: cancellationToken);
            return properties.Value.ETag.ToString();
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Downloads into a file, refusing more than <paramref name="maxBytes"/>; returns the bytes written.</summary>
    public async Task<long> DownloadAsync(string path, string file, long maxBytes, CancellationToken cancellationToken)
    {
        try
        {
            var download = await container.GetBlobClient(path).DownloadStreamingAsync(cancellationToken: cancellationToken);
            using var body = download.Value;
            if (body.Details.ContentLength > maxBytes)
            {
                throw new PackageIntegrityException($"'{path}' has {body.Details.ContentLength} bytes; {maxBytes} are left of the package's limit.");
            }

            await using var target = File.Create(file);
            await body.Content.CopyToAsync(target, cancellationToken);
            return target.Length;
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            throw new RegistryNotFoundException($"'{path}' is not in the registry.", failure);
        }
    }

    public async IAsyncEnumerable<string> ListAsync(string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A registry that nothing was ever published to has no container, and asking for it is no error.
        if (!await container.ExistsAsync(cancellationToken))
        {
            yield break;
        }

        await foreach (var blob in container.GetBlobsAsync(prefix: prefix, cancellationToken: cancellationToken))
        {
            yield return blob.Name;
        }
    }

    public static byte[] Serialize(object value) => JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), RegistryJson.Options);
}
