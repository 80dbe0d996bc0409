using System.Net;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>The request side of a call, as the HTTP handler pulls it.</summary>
internal abstract class CallContent : HttpContent
{
    /// <summary>As text: a parsed value would be put together again for each call.</summary>
    protected CallContent() => Headers.TryAddWithoutValidation("Content-Type", HeaderText.ContentType);

    /// <summary>Whether a connection has been given to it: before that, the call may safely go elsewhere.</summary>
    public bool Begun { get; protected set; }

    /// <summary>The call is over: no more will be sent.</summary>
    public abstract void End();

    protected sealed override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected abstract override Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken);

    protected sealed override bool TryComputeLength(out long length)
    {
        length = -1;
        return false;
    }
}

/// <summary>One message, which can be sent again.</summary>
internal sealed class MessageContent(PooledBuffer message) : CallContent
{
    private int _sending = 1;

    public int Length => message.Length;

    /// <summary>The buffer goes back when nobody sends it any more; a server may answer before it has all of it.</summary>
    public override void End() => Release();

    protected override Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Begun = true;
        Interlocked.Increment(ref _sending);
        var write = stream.WriteAsync(message.Written, cancellationToken);
        if (!write.IsCompletedSuccessfully)
        {
            return FinishAsync(write);
        }

        Release();
        return Task.CompletedTask;
    }

    private async Task FinishAsync(ValueTask write)
    {
        try
        {
            await write.ConfigureAwait(false);
        }
        finally
        {
            Release();
        }
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _sending) == 0)
        {
            message.Dispose();
        }
    }
}

/// <summary>A stream of messages: hands the connection to the writer and stays until the writer is done.</summary>
internal sealed class MessageStreamContent : CallContent
{
    private readonly TaskCompletionSource<Stream> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Cancelled where the call ends before a connection was there.</summary>
    public Task<Stream> Opened => _opened.Task;

    public void Complete() => _completed.TrySetResult();

    public override void End()
    {
        _opened.TrySetCanceled();
        _completed.TrySetResult();
    }

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (Begun)
        {
            throw new HttpRequestException("A stream of requests cannot be sent twice.");
        }

        Begun = true;
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        _opened.TrySetResult(stream);
        await _completed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
