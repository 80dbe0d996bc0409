using System.Runtime.CompilerServices;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Emotion.ModelRegistry.Blobs;

/// <summary>The few blob operations that the registry is made of, with Azure's status codes turned into what they mean here.</summary>
internal sealed class BlobStore(BlobContainerClient container, ModelRegistryOptions options)
{
    private const string SignatureMetadata = "signature";
    private const string WriterMetadata = "writer";

    /// <summary>Where it is, without credentials.</summary>
    public string Address => container.Uri.GetLeftPart(UriPartial.Path);

    public async Task EnsureContainerAsync(CancellationToken cancellationToken) =>
        await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);

    /// <summary>Uploads only if the name is free.</summary>
    /// <exception cref="RegistryConflictException">It is taken.</exception>
    public Task CreateAsync(string path, Stream content, CancellationToken cancellationToken) =>
        WriteAsync(
            path, content, signature: null, new BlobRequestConditions { IfNoneMatch = ETag.All },
            $"'{path}' exists already, and what is published never changes.", cancellationToken);

    /// <inheritdoc cref="CreateAsync(string, Stream, CancellationToken)"/>
    public async Task CreateAsync(string path, byte[] content, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream(content, writable: false);
        await CreateAsync(path, stream, cancellationToken);
    }

    /// <summary>
    /// Replaces a blob that still has <paramref name="etag"/>, or creates it where null says that there was none. The signature is
    /// written by the same request, so that no reader ever sees one without the other.
    /// </summary>
    /// <exception cref="RegistryConflictException">It changed meanwhile.</exception>
    public async Task ReplaceAsync(string path, byte[] content, string? signature, string? etag, CancellationToken cancellationToken)
    {
        var conditions = etag is null
            ? new BlobRequestConditions { IfNoneMatch = ETag.All }
            : new BlobRequestConditions { IfMatch = new ETag(etag) };
        using var stream = new MemoryStream(content, writable: false);
        await WriteAsync(
            path, stream, signature, conditions, $"'{path}' was changed by somebody else meanwhile: read it again and decide again.", cancellationToken);
    }

    /// <summary>A small blob whole; null where there is none.</summary>
    public async Task<StoredBlob?> ReadAsync(string path, CancellationToken cancellationToken)
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
            return new StoredBlob(content.ToArray(), body.Details.ETag.ToString(), Value(body.Details.Metadata, SignatureMetadata));
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
    }

    /// <summary>The blob's ETag without its content: what a poll costs. Null where there is none.</summary>
    public async Task<string?> ETagAsync(string path, CancellationToken cancellationToken) =>
        (await PropertiesAsync(path, cancellationToken))?.ETag.ToString();

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

    public async IAsyncEnumerable<ListedBlob> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A registry that nothing was ever published to has no container, and asking for it is no error.
        if (!await container.ExistsAsync(cancellationToken))
        {
            yield break;
        }

        await foreach (var blob in container.GetBlobsAsync(BlobTraits.None, BlobStates.None, prefix, cancellationToken))
        {
            yield return new ListedBlob(blob.Name, blob.Properties.ContentLength ?? 0, blob.Properties.LastModified ?? DateTimeOffset.MinValue, blob.Properties.ETag?.ToString());
        }
    }

    /// <summary>Deletes it; that it is gone already is no error.</summary>
    public async Task DeleteAsync(string path, CancellationToken cancellationToken) =>
        await container.GetBlobClient(path).DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellationToken);

    /// <summary>Deletes it only as it was listed.</summary>
    /// <returns>False where somebody wrote or touched it since.</returns>
    public async Task<bool> DeleteAsListedAsync(ListedBlob blob, CancellationToken cancellationToken)
    {
        try
        {
            var conditions = blob.ETag is null ? null : new BlobRequestConditions { IfMatch = new ETag(blob.ETag) };
            await container.GetBlobClient(blob.Path).DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, conditions, cancellationToken);
            return true;
        }
        catch (RequestFailedException failure) when (failure.Status == 412)
        {
            return false;
        }
    }

    /// <summary>Makes it as young as one just written, content and metadata as they are.</summary>
    /// <exception cref="RegistryConflictException">It is gone.</exception>
    public async Task TouchAsync(string path, CancellationToken cancellationToken)
    {
        if (await PropertiesAsync(path, cancellationToken) is not { } properties)
        {
            throw new RegistryConflictException($"'{path}' was deleted meanwhile: publish again.");
        }

        try
        {
            await container.GetBlobClient(path).SetMetadataAsync(properties.Metadata, new BlobRequestConditions { IfMatch = properties.ETag }, cancellationToken);
        }
        catch (RequestFailedException failure) when (failure.Status is 404 or 412)
        {
            // Another publisher touched it at the same moment, which does as well; or it is gone.
            if (await PropertiesAsync(path, cancellationToken) is null)
            {
                throw new RegistryConflictException($"'{path}' was deleted meanwhile: publish again.", failure);
            }
        }
    }

    public static byte[] Serialize(object value) => JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), RegistryJson.Options);

    private async Task WriteAsync(
        string path, Stream content, string? signature, BlobRequestConditions conditions, string conflict, CancellationToken cancellationToken)
    {
        var writer = Guid.NewGuid().ToString("n");
        var metadata = new Dictionary<string, string> { [WriterMetadata] = writer };
        if (signature is not null)
        {
            metadata[SignatureMetadata] = signature;
        }

        try
        {
            await container.GetBlobClient(path).UploadAsync(content, new BlobUploadOptions { Conditions = conditions, Metadata = metadata }, cancellationToken);
        }
        catch (RequestFailedException failure) when (failure.Status is 409 or 412)
        {
            // The answer to a write that succeeded may be lost, and then the client's own retry finds the name taken: by this writer.
            if (Value((await PropertiesAsync(path, cancellationToken))?.Metadata, WriterMetadata) != writer)
            {
                throw new RegistryConflictException(conflict, failure);
            }
        }
    }

    private async Task<BlobProperties?> PropertiesAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await container.GetBlobClient(path).GetPropertiesAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
    }

    private static string? Value(IDictionary<string, string>? metadata, string name) => metadata is not null && metadata.TryGetValue(name, out var value) ? value : null;
}

/// <param name="Signature">What was written beside the content by the same request; null where there was nothing.</param>
internal sealed record StoredBlob(byte[] Content, string ETag, string? Signature);

/// <param name="ETag">Null where the store does not list it.</param>
internal sealed record ListedBlob(string Path, long Bytes, DateTimeOffset LastModified, string? ETag);
