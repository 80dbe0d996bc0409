using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Compression;

namespace Grpc.Wire;

/// <summary>
/// Writes one message with its frame: a flag byte (1: compressed), the length (4 bytes, big-endian), the payload. A payload of
/// known length that is not compressed goes straight into the output.
/// </summary>
internal sealed class MessageWriter : SerializationContext
{
    public const int HeaderSize = 5;

    [ThreadStatic]
    private static MessageWriter? _cached;

    private IBufferWriter<byte> _output = null!;
    private ICompressionProvider? _compression;
    private CompressionLevel _level;
    private int? _maxSize;
    private int? _length;
    private PooledBuffer? _scratch;
    private bool _direct;
    private bool _completed;

    private MessageWriter() { }

    /// <exception cref="RpcException">ResourceExhausted: the message is larger than <paramref name="maxSize"/>.</exception>
    public static void Write<T>(
        Marshaller<T> marshaller, T message, IBufferWriter<byte> output, int? maxSize,
        ICompressionProvider? compression = null, CompressionLevel level = CompressionLevel.Fastest)
    {
        var writer = _cached ?? new MessageWriter();
        _cached = null;
        (writer._output, writer._maxSize, writer._compression, writer._level) = (output, maxSize, compression, level);
        (writer._length, writer._direct, writer._completed) = (null, false, false);
        try
        {
            marshaller.ContextualSerializer(message, writer);
            if (!writer._completed)
            {
                throw new InvalidOperationException("The serializer returned without calling Complete on its context.");
            }
        }
        finally
        {
            writer._output = null!;
            writer._scratch?.Dispose();
            writer._scratch = null;
            _cached = writer;
        }
    }

    public override void SetPayloadLength(int payloadLength)
    {
        CheckSize(payloadLength);
        _length = payloadLength;
    }

    public override IBufferWriter<byte> GetBufferWriter()
    {
        if (_length is { } length && _compression is null)
        {
            if (!_direct)
            {
                WriteHeader(0, length, length);
                _direct = true;
            }

            return _output;
        }

        return _scratch ??= new PooledBuffer(_length ?? 256);
    }

    public override void Complete()
    {
        if (!_direct)
        {
            WritePayload(_scratch is null ? [] : _scratch.Written.Span);
        }

        _completed = true;
    }

    public override void Complete(byte[] payload)
    {
        WritePayload(payload);
        _completed = true;
    }

    private void WritePayload(ReadOnlySpan<byte> payload)
    {
        CheckSize(payload.Length);
        if (_compression is null || payload.IsEmpty)
        {
            // GZipStream makes nothing of nothing, which is no gzip: an empty message goes as it is.
            WriteHeader(0, payload.Length, payload.Length);
            _output.Write(payload);
            return;
        }

        using var compressed = new PooledBuffer(Math.Max(256, payload.Length / 2));
        using (var stream = _compression.CreateCompressionStream(new BufferWriterStream(compressed), _level))
        {
            stream.Write(payload);
        }

        WriteHeader(1, compressed.Length, compressed.Length);
        _output.Write(compressed.Written.Span);
    }

    private void WriteHeader(byte flag, int length, int sizeHint)
    {
        var header = _output.GetSpan(HeaderSize + Math.Min(sizeHint, 4096));
        header[0] = flag;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], length);
        _output.Advance(HeaderSize);
    }

    private void CheckSize(int length)
    {
        if (length > _maxSize)
        {
            throw new RpcException(new Status(
                StatusCode.ResourceExhausted,
                $"Sending message exceeds the maximum configured message size: {length} bytes, at most {_maxSize}."));
        }
    }
}
