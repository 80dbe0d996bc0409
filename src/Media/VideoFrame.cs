using System.Buffers;

namespace Emotion.Media;

/// <summary>How pictures are taken out of a segment. It changes what a model sees, so it comes from the model's spec.</summary>
/// <param name="PicturesPerSecond">Pictures are those shown at the clip times 0, 1/n, 2/n ...</param>
/// <param name="LongestSide">Larger pictures are scaled down to it, in pixels; smaller ones stay as they are.</param>
public sealed record PictureSampling(int PicturesPerSecond, int LongestSide);

/// <summary>A decoded picture, upright, with square pixels, in a pooled buffer that disposal gives back.</summary>
public sealed class VideoFrame : IDisposable
{
    private byte[]? _buffer;

    internal VideoFrame(double seconds, int width, int height)
    {
        Seconds = seconds;
        Width = width;
        Height = height;
        _buffer = ArrayPool<byte>.Shared.Rent(width * height * 3);
    }

    /// <summary>Clip time at which this picture is shown.</summary>
    public double Seconds { get; }

    public int Width { get; }

    public int Height { get; }

    /// <summary>[height, width, 3], RGB, one byte each, rows without padding.</summary>
    /// <exception cref="ObjectDisposedException">The buffer has been given back.</exception>
    public ReadOnlyMemory<byte> Pixels => Buffer;

    internal Memory<byte> Buffer => (_buffer ?? throw new ObjectDisposedException(nameof(VideoFrame))).AsMemory(0, Width * Height * 3);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
