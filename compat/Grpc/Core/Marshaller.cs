namespace Grpc.Core;

/// <summary>How messages of one type become bytes and back.</summary>
public class Marshaller<T>
{
    private readonly Func<T, byte[]>? _toBytes;
    private readonly Func<byte[], T>? _fromBytes;

    public Marshaller(Func<T, byte[]> serializer, Func<byte[], T> deserializer)
    {
        _toBytes = serializer ?? throw new ArgumentNullException(nameof(serializer));
        _fromBytes = deserializer ?? throw new ArgumentNullException(nameof(deserializer));
        ContextualSerializer = (message, context) => context.Complete(_toBytes(message));
        ContextualDeserializer = context => _fromBytes(context.PayloadAsNewBuffer());
    }

    public Marshaller(Action<T, SerializationContext> serializer, Func<DeserializationContext, T> deserializer)
    {
        ContextualSerializer = serializer ?? throw new ArgumentNullException(nameof(serializer));
        ContextualDeserializer = deserializer ?? throw new ArgumentNullException(nameof(deserializer));
    }

    /// <summary>Only of a marshaller made from byte arrays; stubs use <see cref="ContextualSerializer"/>.</summary>
    public Func<T, byte[]> Serializer =>
        _toBytes ?? throw new NotSupportedException("This marshaller writes through a SerializationContext.");

    public Func<byte[], T> Deserializer =>
        _fromBytes ?? throw new NotSupportedException("This marshaller reads through a DeserializationContext.");

    public Action<T, SerializationContext> ContextualSerializer { get; }

    public Func<DeserializationContext, T> ContextualDeserializer { get; }
}

public static class Marshallers
{
    public static Marshaller<string> StringMarshaller { get; } =
        new(System.Text.Encoding.UTF8.GetBytes, System.Text.Encoding.UTF8.GetString);

    public static Marshaller<T> Create<T>(Func<T, byte[]> serializer, Func<byte[], T> deserializer) =>
        new(serializer, deserializer);

    public static Marshaller<T> Create<T>(
        Action<T, SerializationContext> serializer, Func<DeserializationContext, T> deserializer) =>
        new(serializer, deserializer);
}
