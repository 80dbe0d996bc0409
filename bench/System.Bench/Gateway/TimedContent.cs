using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;

namespace Emotion.SystemBench.Gateway;

/// <summary>A body that remembers when its last byte went out: what comes after is the gateway's time and not the upload's.</summary>
internal sealed class TimedContent : HttpContent
{
    private readonly long _length;
    private readonly Func<Stream, CancellationToken, Task> _write;

    /// <param name="length">In bytes.</param>
    /// <param name="write">Writes as many, once.</param>
    public TimedContent(long length, MediaTypeHeaderValue type, Func<Stream, CancellationToken, Task> write)
    {
        (_length, _write) = (length, write);
        Headers.ContentType = type;
    }

    public TimedContent(byte[] body, MediaTypeHeaderValue type)
        : this(body.Length, type, (stream, cancellationToken) => stream.WriteAsync(body, cancellationToken).AsTask())
    {
    }

    /// <summary>0 before.</summary>
    public long SentAt { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await _write(stream, cancellationToken);
        await stream.FlushAsync(cancellationToken);
        SentAt = Stopwatch.GetTimestamp();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }
}
