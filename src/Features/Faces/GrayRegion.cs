namespace Emotion.Features.Faces;

/// <summary>Whole pixels of a picture.</summary>
internal readonly record struct PixelRegion(int Left, int Top, int Width, int Height)
{
    /// <summary>
    /// What sampling the square from (<paramref name="from"/>, <paramref name="from"/>) to (<paramref name="to"/>, <paramref name="to"/>)
    /// may look at: at least one pixel, even if all of it lies outside of the picture.
    /// </summary>
    public static PixelRegion Covering(RgbPicture picture, Similarity toPicture, float from, float to)
    {
        var (left, top, right, bottom) = (float.MaxValue, float.MaxValue, float.MinValue, float.MinValue);
        ReadOnlySpan<FacePoint> corners = [new(from, from), new(to, from), new(from, to), new(to, to)];
        foreach (var corner in corners)
        {
            var (x, y) = toPicture.Map(corner);
            (left, right) = (Math.Min(left, x), Math.Max(right, x));
            (top, bottom) = (Math.Min(top, y), Math.Max(bottom, y));
        }

        var margin = toPicture.Scale + 1;
        var x0 = (int)Math.Clamp(left - margin, 0, picture.Width - 1);
        var y0 = (int)Math.Clamp(top - margin, 0, picture.Height - 1);
        var x1 = (int)Math.Clamp(right + margin, x0 + 1, picture.Width);
        var y1 = (int)Math.Clamp(bottom + margin, y0 + 1, picture.Height);
        return new PixelRegion(x0, y0, x1 - x0, y1 - y0);
    }

    /// <summary>Values of <see cref="GrayRegion.Reduce"/>.</summary>
    public int ReducedArea(int factor) => Reduced(Width, factor) * Reduced(Height, factor);

    internal static int Reduced(int side, int factor) => (side + factor - 1) / factor;
}

/// <summary>A region of a picture in gray, 0 to 255, reduced by a whole factor, to be sampled at places of the picture.</summary>
internal readonly ref struct GrayRegion
{
    private readonly ReadOnlySpan<float> _gray;
    private readonly PixelRegion _region;
    private readonly int _width;
    private readonly int _height;

    private GrayRegion(ReadOnlySpan<float> gray, PixelRegion region, int factor)
    {
        _gray = gray;
        _region = region;
        Factor = factor;
        (_width, _height) = (PixelRegion.Reduced(region.Width, factor), PixelRegion.Reduced(region.Height, factor));
    }

    public int Factor { get; }

    /// <summary>Averages over squares of factor x factor pixels; fewer at the right and lower edge.</summary>
    /// <param name="weights">Of red, green and blue.</param>
    /// <param name="memory">At least <see cref="PixelRegion.ReducedArea"/> values, in use as long as the result.</param>
    public static GrayRegion Reduce(RgbPicture picture, PixelRegion region, int factor, IReadOnlyList<float> weights, Span<float> memory)
    {
        var (red, green, blue) = (weights[0], weights[1], weights[2]);
        var width = PixelRegion.Reduced(region.Width, factor);
        for (var top = 0; top < region.Height; top += factor)
        {
            var rows = Math.Min(factor, region.Height - top);
            var target = memory.Slice(top / factor * width, width);
            for (var x = 0; x < width; x++)
            {
                var columns = Math.Min(factor, region.Width - x * factor);
                var (r, g, b) = (0, 0, 0);
                for (var row = 0; row < rows; row++)
                {
                    var start = ((region.Top + top + row) * picture.Width + region.Left + x * factor) * 3;
                    var pixels = picture.Pixels.Slice(start, columns * 3);
                    for (var i = 0; i + 2 < pixels.Length; i += 3)
                    {
                        r += pixels[i];
                        g += pixels[i + 1];
                        b += pixels[i + 2];
                    }
                }

                target[x] = (red * r + green * g + blue * b) / (rows * columns);
            }
        }

        return new GrayRegion(memory, region, factor);
    }

    /// <summary>Bilinear; beyond the region its edge goes on.</summary>
    public float At(FacePoint place)
    {
        var x = Math.Clamp((place.X - _region.Left) / Factor - 0.5f, 0, _width - 1);
        var y = Math.Clamp((place.Y - _region.Top) / Factor - 0.5f, 0, _height - 1);
        var (x0, y0) = ((int)x, (int)y);
        var (x1, y1) = (Math.Min(x0 + 1, _width - 1), Math.Min(y0 + 1, _height - 1));
        var (fx, fy) = (x - x0, y - y0);
        var upper = _gray[y0 * _width + x0] + (_gray[y0 * _width + x1] - _gray[y0 * _width + x0]) * fx;
        var lower = _gray[y1 * _width + x0] + (_gray[y1 * _width + x1] - _gray[y1 * _width + x0]) * fx;
        return upper + (lower - upper) * fy;
    }
}
