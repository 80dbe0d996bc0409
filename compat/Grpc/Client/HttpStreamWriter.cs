using Grpc.Core;
using Grpc.Net.Compression;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>The requests of a streaming call. A write waits while the server does not read, so memory stays flat.</summary>
internal sealed class HttpStreamWriter<T>(
    HttpCall call, MessageStreamContent content, Marshaller<T> marshaller, int? maxSize,
    ICompressionProvider? compression, WriteOptions? writeOptions) : IClientStreamWriter<T> where T : class
{
    private int _writing;
    private bool _completed;

    public WriteOptions? WriteOptions { get; set; } = writeOptions;

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled(cancellationToken);
        }

        if (_completed)
        {
            return Task.FromException(new InvalidOperationException("Request stream has already been completed."));
        }

        if (Interlocked.Exchange(ref _writing, 1) != 0)
        {
            return Task.FromException(
                new InvalidOperationException("Can't write the message because the previous write is in progress."));
        }

        return WriteCoreAsync(message, cancellationToken);
    }

    public Task CompleteAsync()
    {
        if (Volatile.Read(ref _writing) != 0)
        {
            return Task.FromException(
                new InvalidOperationException("Can't complete the client stream writer because the previous write is in progress."));
        }

        _completed = true;
        content.Complete();
        return Task.CompletedTask;
    }

    private async Task WriteCoreAsync(T message, CancellationToken cancellationToken)
    {
        try
        {
            ThrowIfEnded();
            var stream = await content.Opened.WaitAsync(cancellationToken).ConfigureAwait(false);
            ThrowIfEnded();
            var flags = WriteOptions?.Flags ?? default;
            using var buffer = new PooledBuffer();
            MessageWriter.Write(
                marshaller, message, buffer, maxSize, (flags & WriteFlags.NoCompress) == 0 ? compression : null);
            await stream.WriteAsync(buffer.Written, cancellationToken).ConfigureAwait(false);
            if ((flags & WriteFlags.BufferHint) == 0)
            {
                await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is not RpcException and not InvalidOperationException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ThrowIfEnded();
            throw call.CreateWriteException(exception);
        }
        finally
        {
            Volatile.Write(ref _writing, 0);
        }
    }

    private void ThrowIfEnded()
    {
        if (!call.Ended)
        {
            return;
        }

        throw call.GetStatus().StatusCode == StatusCode.OK
            ? new InvalidOperationException("Can't write the message because the call is complete.")
            : call.CreateException();
    }
}
