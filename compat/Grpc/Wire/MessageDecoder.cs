using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Grpc.Core;
using Grpc.Net.Compression;

namespace Grpc.Wire;

/// <summary>Takes messages off the front of a buffer, without copying those that are not compressed.</summary>
internal struct MessageDecoder(int? maxSize)
{
    /// <summary>What the sender named in <c>grpc-encoding</c>; null for identity.</summary>
    public ICompressionProvider? Compression { get; set; }

    /// <summary>How many bytes the message at the front needs, once its header is there; else the header's size.</summary>
    public long Needed { get; private set; }

    /// <summary>False where the buffer does not hold a whole message yet. Moves the buffer past the message it took.</summary>
    /// <exception cref="RpcException">Too large, compressed in a way that was not agreed on, or not a frame.</exception>
    public bool TryDecode<T>(ref ReadOnlySequence<byte> buffer, Marshaller<T> marshaller, out T? message)
    {
        message = default;
        if (buffer.Length < MessageWriter.HeaderSize)
        {
            Needed = MessageWriter.HeaderSize;
            return false;
        }

        Span<byte> header = stackalloc byte[MessageWriter.HeaderSize];
        buffer.Slice(0, MessageWriter.HeaderSize).CopyTo(header);
        if (header[0] > 1)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"Unexpected flag {header[0]} at the start of a message."));
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (length > (uint)(maxSize ?? int.MaxValue))
        {
            throw TooLarge(length);
        }

        Needed = MessageWriter.HeaderSize + length;
        if (buffer.Length < Needed)
        {
            return false;
        }

        var payload = buffer.Slice(MessageWriter.HeaderSize, length);
        message = header[0] == 0 ? Payload.Read(marshaller, payload) : ReadCompressed(marshaller, payload);
        buffer = buffer.Slice(Needed);
        return true;
    }

    private readonly T ReadCompressed<T>(Marshaller<T> marshaller, ReadOnlySequence<byte> payload)
    {
        if (Compression is null)
        {
            throw new RpcException(new Status(
                StatusCode.Internal, "A message is compressed, but the call names no grpc-encoding."));
        }

        using var plain = new PooledBuffer((int)Math.Min(payload.Length * 4, maxSize ?? 1 << 20));
        var source = payload.IsSingleSegment && MemoryMarshal.TryGetArray(payload.First, out var segment)
            ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
            : new MemoryStream(payload.ToArray(), writable: false);
        using (var stream = Compression.CreateDecompressionStream(source))
        {
            int read;
            while ((read = stream.Read(plain.GetSpan(4096))) > 0)
            {
                plain.Advance(read);
                if (plain.Length > maxSize)
                {
                    throw TooLarge(plain.Length);
                }
            }
        }

        return Payload.Read(marshaller, new ReadOnlySequence<byte>(plain.Written));
    }

    private readonly RpcException TooLarge(long length) => new(new Status(
        StatusCode.ResourceExhausted,
        $"Received message exceeds the maximum configured message size: {length} bytes or more, at most {maxSize}."));

    private sealed class Payload : DeserializationContext
    {
        [ThreadStatic]
        private static Payload? _cached;

        private ReadOnlySequence<byte> _bytes;

        public override int PayloadLength => (int)_bytes.Length;

        public static T Read<T>(Marshaller<T> marshaller, ReadOnlySequence<byte> bytes)
        {
            var context = _cached ?? new Payload();
            _cached = null;
            context._bytes = bytes;
            try
            {
                return marshaller.ContextualDeserializer(context);
            }
            finally
            {
                context._bytes = default;
                _cached = context;
            }
        }

        public override byte[] PayloadAsNewBuffer() => _bytes.ToArray();

        public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => _bytes;
    }
}
