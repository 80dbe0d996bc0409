using Emotion.Gateway.Clips;

namespace Emotion.Gateway.Overlays;

/// <summary>Where clips with their answers drawn on them lie, each under its analysis's name, until the analysis is forgotten.</summary>
public sealed class OverlayStore(ClipStore files)
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>What was there of an earlier attempt is replaced.</summary>
    public async Task PutAsync(string id, string path, CancellationToken cancellationToken)
    {
        await files.DeleteAsync(id, cancellationToken);
        await using var incoming = files.Receive(id);
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous);
        var buffer = new byte[BufferBytes];
        for (int read; (read = await file.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            await incoming.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }

        await incoming.CompleteAsync(cancellationToken);
        incoming.Keep();
    }

    /// <returns>Null where there is none.</returns>
    public Task<Stream?> OpenAsync(string id, CancellationToken cancellationToken) => files.OpenAsync(id, cancellationToken);

    public Task DeleteAsync(string id, CancellationToken cancellationToken) => files.DeleteAsync(id, cancellationToken);

    public IAsyncEnumerable<(string Id, DateTimeOffset Written)> ListAsync(CancellationToken cancellationToken) => files.ListAsync(cancellationToken);
}
