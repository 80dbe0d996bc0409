using System.Buffers;

namespace Grpc.Core;

/// <summary>Where a marshaller writes one message. Exactly one of the two <c>Complete</c> ends it.</summary>
public abstract class SerializationContext
{
    /// <summary>The whole payload at once, in an array that now belongs to the context.</summary>
    public virtual void Complete(byte[] payload) => throw new NotImplementedException();

    /// <summary>Before <see cref="GetBufferWriter"/>, if known: saves a copy.</summary>
    public virtual void SetPayloadLength(int payloadLength) { }

    public virtual IBufferWriter<byte> GetBufferWriter() => throw new NotImplementedException();

    /// <summary>All bytes have been written to the buffer writer.</summary>
    public virtual void Complete() => throw new NotImplementedException();
}

/// <summary>Where a marshaller reads one message. Valid only during the call of the deserializer.</summary>
public abstract class DeserializationContext
{
    public abstract int PayloadLength { get; }

    public virtual byte[] PayloadAsNewBuffer() => throw new NotImplementedException();

    public virtual ReadOnlySequence<byte> PayloadAsReadOnlySequence() => throw new NotImplementedException();
}
