namespace Emotion.Features.Faces;

/// <summary>A view of a decoded picture: RGB24, rows from top to bottom without gaps, <c>[height, width, 3]</c>.</summary>
public readonly ref struct RgbPicture
{
    /// <exception cref="ArgumentException">The bytes are not those of a picture of this size.</exception>
    public RgbPicture(ReadOnlySpan<byte> pixels, int width, int height)
    {
        if (width <= 0 || height <= 0 || pixels.Length != (long)width * height * 3)
        {
            throw new ArgumentException($"{pixels.Length} bytes are no RGB24 picture of {width}x{height}.", nameof(pixels));
        }

        Pixels = pixels;
        Width = width;
        Height = height;
    }

    public ReadOnlySpan<byte> Pixels { get; }
    public int Width { get; }
    public int Height { get; }
}
