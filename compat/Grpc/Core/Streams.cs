using System.Runtime.CompilerServices;

namespace Grpc.Core;

/// <summary>Messages that come one after the other. One reader at a time.</summary>
public interface IAsyncStreamReader<out T>
{
    /// <summary>Valid after <see cref="MoveNext"/> returned true.</summary>
    T Current { get; }

    /// <summary>False at the end of the stream; throws <see cref="RpcException"/> where the call failed.</summary>
    Task<bool> MoveNext(CancellationToken cancellationToken);
}

/// <summary>Messages that go one after the other. A write that has ended is accepted by flow control, not yet received.</summary>
public interface IAsyncStreamWriter<in T>
{
    WriteOptions? WriteOptions { get; set; }

    Task WriteAsync(T message);

    Task WriteAsync(T message, CancellationToken cancellationToken) => cancellationToken.CanBeCanceled
        ? throw new NotSupportedException("This stream writer takes no cancellation token.")
        : WriteAsync(message);
}

public interface IClientStreamWriter<in T> : IAsyncStreamWriter<T>
{
    /// <summary>No more messages. To be called exactly once.</summary>
    Task CompleteAsync();
}

public interface IServerStreamWriter<in T> : IAsyncStreamWriter<T>;

public static class AsyncStreamReaderExtensions
{
    public static Task<bool> MoveNext<T>(this IAsyncStreamReader<T> streamReader) => streamReader.MoveNext(CancellationToken.None);

    public static async IAsyncEnumerable<T> ReadAllAsync<T>(
        this IAsyncStreamReader<T> streamReader, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await streamReader.MoveNext(cancellationToken).ConfigureAwait(false))
        {
            yield return streamReader.Current;
        }
    }
}

[Flags]
public enum WriteFlags
{
    /// <summary>More follows at once: need not be flushed.</summary>
    BufferHint = 0x1,

    /// <summary>Send this message uncompressed although the call is compressed.</summary>
    NoCompress = 0x2,
}

public class WriteOptions(WriteFlags flags = default)
{
    public static readonly WriteOptions Default = new();

    public WriteFlags Flags { get; } = flags;
}
