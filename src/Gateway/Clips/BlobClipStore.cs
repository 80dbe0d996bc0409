using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace Emotion.Gateway.Clips;

/// <summary>In a container that all gateways have: whichever takes an analysis fetches its clip.</summary>
/// <param name="prefix">Of the blobs' names: empty, or ending in a slash.</param>
public sealed class BlobClipStore(BlobContainerClient container, string prefix) : ClipStore
{
    private const int BlockBytes = 4 * 1024 * 1024;

    public override bool IsShared => true;

    /// <summary>Makes the container where there is none.</summary>
    public Task OpenAsync(CancellationToken cancellationToken) => container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);

    public override IncomingClip Receive(string id) => new Incoming(container.GetBlockBlobClient(prefix + id));

    public override async Task<string?> FetchAsync(string id, string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, "clip");
        try
        {
            using var fetched = await container.GetBlobClient(prefix + id).DownloadToAsync(path, cancellationToken);
            return path;
        }
        catch (RequestFailedException missing) when (missing.Status == StatusCodes.Status404NotFound)
        {
            return null;
        }
    }

    public override async Task<Stream?> OpenAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return await container.GetBlobClient(prefix + id).OpenReadAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException missing) when (missing.Status == StatusCodes.Status404NotFound)
        {
            return null;
        }
    }

    public override Task DeleteAsync(string id, CancellationToken cancellationToken) =>
        container.DeleteBlobIfExistsAsync(prefix + id, DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellationToken);

    public override async IAsyncEnumerable<(string Id, DateTimeOffset Written)> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var blob in container.GetBlobsAsync(BlobTraits.None, BlobStates.None, prefix.Length > 0 ? prefix : null, cancellationToken))
        {
            if (blob.Name.IndexOf('/', prefix.Length) < 0)
            {
                yield return (blob.Name[prefix.Length..], blob.Properties.LastModified ?? DateTimeOffset.MaxValue);
            }
        }
    }

    /// <summary>Blocks go out as they fill; there is no clip before the list of them.</summary>
    private sealed class Incoming(BlockBlobClient blob) : IncomingClip
    {
        private readonly List<string> _blocks = [];
        private readonly MemoryStream _block = new();

        public override async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            _block.Write(bytes.Span);
            if (_block.Length >= BlockBytes)
            {
                await SendAsync(cancellationToken);
            }
        }

        public override async Task CompleteAsync(CancellationToken cancellationToken)
        {
            await SendAsync(cancellationToken);
            await blob.CommitBlockListAsync(_blocks, cancellationToken: cancellationToken);
        }

        protected override async ValueTask CloseAsync(bool delete)
        {
            await _block.DisposeAsync();
            if (delete && _blocks.Count > 0)
            {
                // Blocks that are in no list would stay for a week; an empty list drops them.
                await blob.CommitBlockListAsync([], cancellationToken: CancellationToken.None);
                await blob.DeleteIfExistsAsync(cancellationToken: CancellationToken.None);
            }
        }

        private async Task SendAsync(CancellationToken cancellationToken)
        {
            if (_block.Length == 0)
            {
                return;
            }

            var id = Convert.ToBase64String(BitConverter.GetBytes(_blocks.Count));
            _block.Position = 0;
            _blocks.Add(id);
            await blob.StageBlockAsync(id, _block, cancellationToken: cancellationToken);
            _block.SetLength(0);
        }
    }
}
