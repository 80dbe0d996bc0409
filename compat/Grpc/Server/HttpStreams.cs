using System.IO.Pipelines;
using Grpc.Core;
using Grpc.Wire;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server;

/// <summary>The requests of a call. Reading slowly holds the caller back, since what is not read is not acknowledged.</summary>
internal sealed class HttpStreamReader<T>(HttpServerCallContext call, Marshaller<T> marshaller) : IAsyncStreamReader<T>
    where T : class
{
    private readonly PipeReader _reader = call.Http.Request.BodyReader;
    private MessageDecoder _decoder = new(call.MaxReceiveMessageSize) { Compression = call.RequestCompression };
    private bool _end;
    private int _reading;

    public T Current { get; private set; } = null!;

    public Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<bool>(cancellationToken);
        }

        if (call.Ended)
        {
            return Task.FromException<bool>(
                new InvalidOperationException("Can't read messages after the request is complete."));
        }

        if (Interlocked.Exchange(ref _reading, 1) != 0)
        {
            return Task.FromException<bool>(
                new InvalidOperationException("Can't read the next message because the previous read is still in progress."));
        }

        return ReadAsync(cancellationToken.CanBeCanceled ? cancellationToken : call.DeadlineToken);
    }

    private async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (!_end)
            {
                var result = await _reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                var buffer = result.Buffer;
                if (_decoder.TryDecode(ref buffer, marshaller, out var message))
                {
                    _reader.AdvanceTo(buffer.Start);
                    Current = message!;
                    return true;
                }

                _end = result.IsCompleted;
                if (_end && !buffer.IsEmpty)
                {
                    throw new RpcException(new Status(StatusCode.Internal, "Incomplete message."));
                }

                _reader.AdvanceTo(buffer.Start, buffer.End);
            }

            Current = null!;
            return false;
        }
        catch (IOException exception) when (exception is not BadHttpRequestException)
        {
            throw new CallerGoneException(exception);
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }
}

/// <summary>The responses of a call. A write waits while the caller does not read, so memory stays flat.</summary>
internal sealed class HttpStreamWriter<T>(HttpServerCallContext call, Marshaller<T> marshaller) : IServerStreamWriter<T>
    where T : class
{
    private int _writing;

    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled(cancellationToken);
        }

        if (call.Ended)
        {
            return Task.FromException(
                new InvalidOperationException("Can't write the message because the request is complete."));
        }

        if (Interlocked.Exchange(ref _writing, 1) != 0)
        {
            return Task.FromException(
                new InvalidOperationException("Can't write the message because the previous write is in progress."));
        }

        return WriteCoreAsync(message, cancellationToken.CanBeCanceled ? cancellationToken : call.DeadlineToken);
    }

    private async Task WriteCoreAsync(T message, CancellationToken cancellationToken)
    {
        try
        {
            var response = call.Http.Response;
            if (!response.HasStarted)
            {
                await response.StartAsync(cancellationToken).ConfigureAwait(false);
            }

            call.CancellationToken.ThrowIfCancellationRequested();
            var options = WriteOptions ?? call.WriteOptions;
            call.Write(marshaller, message, options);
            if (((options?.Flags ?? default) & WriteFlags.BufferHint) != 0)
            {
                return;
            }

            var flushed = await response.BodyWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (flushed.IsCompleted)
            {
                throw new CallerGoneException(null);
            }
        }
        finally
        {
            Volatile.Write(ref _writing, 0);
        }
    }
}
