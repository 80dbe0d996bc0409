using System.Buffers;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Grpc.Net.Compression;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>Reads the messages of a response, several from one read of the transport where they came together.</summary>
internal sealed class ResponseReader(Stream stream, int? maxSize, ICompressionProvider? compression) : IDisposable
{
    private const int FirstSize = 2048;

    private MessageDecoder _decoder = new(maxSize) { Compression = compression };
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstSize);
    private int _start;
    private int _end;

    /// <summary>Null at the end.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<T?> ReadAsync<T>(Marshaller<T> marshaller, CancellationToken cancellationToken) where T : class
    {
        while (true)
        {
            if (_end - _start >= MessageWriter.HeaderSize)
            {
                var buffered = new ReadOnlySequence<byte>(_buffer, _start, _end - _start);
                if (_decoder.TryDecode(ref buffered, marshaller, out var message))
                {
                    _start = _end - (int)buffered.Length;
                    return message;
                }

                Reserve((int)_decoder.Needed);
            }
            else
            {
                Reserve(MessageWriter.HeaderSize);
            }

            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return _start == _end
                    ? null
                    : throw new RpcException(new Status(StatusCode.Internal, "The response ends within a message."));
            }

            _end += read;
        }
    }

    public void Dispose()
    {
        var buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Room for a message of that size that begins at the start; what is there moves to the front.</summary>
    private void Reserve(int size)
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }

        if (_buffer.Length - _start >= size && _buffer.Length > _end)
        {
            return;
        }

        var target = size <= _buffer.Length ? _buffer : ArrayPool<byte>.Shared.Rent(size);
        _buffer.AsSpan(_start, _end - _start).CopyTo(target);
        (_start, _end) = (0, _end - _start);
        if (target != _buffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }
    }
}
