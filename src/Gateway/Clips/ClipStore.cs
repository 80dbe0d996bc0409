namespace Emotion.Gateway.Clips;

/// <summary>Where clips lie from their arrival until their analyses have ended, each under its analysis's name.</summary>
public abstract class ClipStore
{
    /// <summary>Other gateways put clips there too, and not all that this one does not know of is nobody's.</summary>
    public abstract bool IsShared { get; }

    /// <summary>Something to write a clip to.</summary>
    public abstract IncomingClip Receive(string id);

    /// <summary>A file with the clip.</summary>
    /// <param name="folder">Where it may be put; it need not lie there.</param>
    /// <returns>Null where there is no such clip.</returns>
    public abstract Task<string?> FetchAsync(string id, string folder, CancellationToken cancellationToken);

    /// <returns>To read from, anywhere in it; null where there is no such clip.</returns>
    public abstract Task<Stream?> OpenAsync(string id, CancellationToken cancellationToken);

    /// <summary>One that is not there is no error.</summary>
    public abstract Task DeleteAsync(string id, CancellationToken cancellationToken);

    /// <summary>All that lies there, with the time of the last byte.</summary>
    public abstract IAsyncEnumerable<(string Id, DateTimeOffset Written)> ListAsync(CancellationToken cancellationToken);
}

/// <summary>A clip on its way in. Unless it is kept, disposal deletes what came of it.</summary>
public abstract class IncomingClip : IAsyncDisposable
{
    private bool _isKept;

    public abstract Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Takes a file of this machine for the clip without copying it, in the place of all writing. The file keeps its name; nobody may write to it any more.</summary>
    /// <returns>False where clips lie elsewhere: it has to be written.</returns>
    public virtual bool TryTake(string path) => false;

    /// <summary>All of it has come: returns when it would outlive a failure of the power.</summary>
    public abstract Task CompleteAsync(CancellationToken cancellationToken);

    /// <summary>Its analysis is in the database.</summary>
    public void Keep() => _isKept = true;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await CloseAsync(delete: !_isKept);
    }

    protected abstract ValueTask CloseAsync(bool delete);
}
