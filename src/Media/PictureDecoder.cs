using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using FFMpegCore;
using FFMpegCore.Pipes;

namespace Emotion.Media;

public enum PictureFormat
{
    Jpeg,
    Png,
}

/// <summary>Channels of a decoded pixel; the value is their number.</summary>
public enum PixelLayout
{
    Gray = 1,
    Rgb = 3,
}

/// <summary>One decoded picture.</summary>
/// <param name="Index">Its place in the input, from 0.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Pixels">[height, width, channels], one byte each, rows without padding. Owned by whoever gets it.</param>
public sealed record Picture(int Index, int Width, int Height, byte[] Pixels);

/// <summary>Decodes many still pictures through one ffmpeg process: for data sets, where a process per picture would cost hours.</summary>
public sealed class PictureDecoder(FFMpegGuard guard)
{
    private const int QueueLength = 256;

    /// <summary>Decodes and, where the size differs, scales to exactly <paramref name="width"/> x <paramref name="height"/>.</summary>
    /// <param name="pictures">Encoded pictures, all of the same format; read as the decoder needs them.</param>
    /// <param name="format">Of every picture.</param>
    /// <param name="layout">Of the result.</param>
    /// <param name="width">Pixels of the result.</param>
    /// <param name="height">Pixels of the result.</param>
    /// <param name="cancellationToken">Ends the process.</param>
    /// <returns>As many pictures as went in, in the same order, as they are decoded.</returns>
    /// <exception cref="MediaRefusedException">
    /// A picture is damaged. Pictures before it may have been returned already; those must be dropped, because from a picture that
    /// decodes to none on the order is lost.
    /// </exception>
    public async IAsyncEnumerable<Picture> DecodeAsync(
        IAsyncEnumerable<ReadOnlyMemory<byte>> pictures,
        PictureFormat format,
        PixelLayout layout,
        int width,
        int height,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)width * height, guard.Options.MaximumPixels);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var source = new PictureSource(pictures, format);
        var decoded = Channel.CreateBounded<Picture>(new BoundedChannelOptions(QueueLength) { SingleReader = true, SingleWriter = true });
        var run = RunAsync(source, decoded.Writer, format, layout, width, height, stop.Token);
        try
        {
            await foreach (var picture in decoded.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return picture;
            }
        }
        finally
        {
            // Whoever stops reading early ends the process with it.
            await stop.CancelAsync().ConfigureAwait(false);
            await run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunAsync(
        PictureSource source,
        ChannelWriter<Picture> decoded,
        PictureFormat format,
        PixelLayout layout,
        int width,
        int height,
        CancellationToken cancellationToken)
    {
        var (demuxer, codec) = format == PictureFormat.Jpeg ? ("jpeg_pipe", "mjpeg") : ("png_pipe", "png");
        var input = guard.InputArguments(demuxer) + $" -v error -xerror -framerate 1 -c:v {codec}";
        var pixelFormat = layout == PixelLayout.Gray ? "gray" : "rgb24";
        var output = string.Create(
            CultureInfo.InvariantCulture, $"-fps_mode passthrough -vf scale={width}:{height}:flags=area+accurate_rnd -pix_fmt {pixelFormat} -f rawvideo");
        var count = 0;
        var sink = new StreamPipeSink(async (stream, token) =>
        {
            while (true)
            {
                var pixels = new byte[width * height * (int)layout];
                var read = await stream.ReadAtLeastAsync(pixels, pixels.Length, throwOnEndOfStream: false, token).ConfigureAwait(false);
                if (read < pixels.Length)
                {
                    return;
                }

                await decoded.WriteAsync(new Picture(count++, width, height, pixels), token).ConfigureAwait(false);
            }
        });

        try
        {
            await guard.RunAsync(
                "decode pictures",
                null,
                _ => FFMpegArguments
                    .FromPipeInput(source, options => options.WithCustomArgument(input))
                    .OutputToPipe(sink, options => options.WithCustomArgument(output)),
                guard.Options.ProcessDeadline,
                cancellationToken).ConfigureAwait(false);
            if (count != source.Count)
            {
                throw MediaInstruments.Refuse(
                    MediaRefusal.Damaged, $"{source.Count} pictures went in and {count} came out: at least one of them is damaged or none.");
            }

            decoded.Complete();
        }
        catch (MediaRefusedException) when (source is { IsRead: true, Count: 0 })
        {
            // ffmpeg calls it an error to be given nothing.
            decoded.Complete();
        }
        catch (Exception exception)
        {
            decoded.Complete(exception);
        }
    }

    private sealed class PictureSource(IAsyncEnumerable<ReadOnlyMemory<byte>> pictures, PictureFormat format) : IPipeSource
    {
        public int Count { get; private set; }

        public bool IsRead { get; private set; }

        public string GetStreamArguments() => string.Empty;

        public async Task WriteAsync(Stream outputStream, CancellationToken cancellationToken)
        {
            await foreach (var picture in pictures.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                if (!Begins(picture.Span))
                {
                    throw MediaInstruments.Refuse(MediaRefusal.Damaged, $"Picture {Count} does not begin like a {format} picture.");
                }

                Count++;
                await outputStream.WriteAsync(picture, cancellationToken).ConfigureAwait(false);
            }

            IsRead = true;
        }

        private bool Begins(ReadOnlySpan<byte> picture) => format switch
        {
            PictureFormat.Jpeg => picture.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]),
            _ => picture.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47]),
        };
    }
}
