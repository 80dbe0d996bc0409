using System.Buffers;
using System.Net;

namespace Emotion.Client;

/// <summary>A request body that tells how much is on its way.</summary>
/// <param name="source">Read from its position on.</param>
/// <param name="most">So many bytes of it; null for all.</param>
/// <param name="before">Bytes that went before it, and are told with it.</param>
internal sealed class ProgressContent(Stream source, long? most, long before, IProgress<long>? progress) : HttpContent
{
    private const int BufferBytes = 64 * 1024;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var left = most ?? long.MaxValue;
            int read;
            for (var sent = before; left > 0 && (read = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancellationToken)) > 0; left -= read)
            {
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                progress?.Report(sent += read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = most ?? (source.CanSeek ? source.Length - source.Position : 0);
        return most is not null || source.CanSeek;
    }
}
