using Emotion.Features.Faces;

namespace Emotion.Inference.Video;

/// <summary>RGB24 to the planes that the detector reads, shrunk by averaging whole pixels; one pass, nothing allocated per pixel.</summary>
internal static class DetectorInput
{
    /// <param name="planes"><c>[3, height, width]</c>; what the picture does not fill, to the right and below, becomes 0.</param>
    /// <param name="usedWidth">Columns that the picture fills, at most its own.</param>
    /// <param name="usedHeight">Rows that the picture fills, at most its own.</param>
    public static void Write(RgbPicture picture, Span<float> planes, int width, int height, int usedWidth, int usedHeight)
    {
        var plane = width * height;
        var red = planes[..plane];
        var green = planes.Slice(plane, plane);
        var blue = planes.Slice(2 * plane, plane);
        for (var y = 0; y < usedHeight; y++)
        {
            var top = (int)((long)y * picture.Height / usedHeight);
            var bottom = Math.Max(top + 1, (int)((long)(y + 1) * picture.Height / usedHeight));
            for (var x = 0; x < usedWidth; x++)
            {
                var left = (int)((long)x * picture.Width / usedWidth);
                var right = Math.Max(left + 1, (int)((long)(x + 1) * picture.Width / usedWidth));
                var (r, g, b) = (0, 0, 0);
                for (var row = top; row < bottom; row++)
                {
                    var pixels = picture.Pixels.Slice((row * picture.Width + left) * 3, (right - left) * 3);
                    for (var i = 0; i + 2 < pixels.Length; i += 3)
                    {
                        r += pixels[i];
                        g += pixels[i + 1];
                        b += pixels[i + 2];
                    }
                }

                var scale = 1f / ((bottom - top) * (right - left));
                var at = y * width + x;
                red[at] = r * scale;
                green[at] = g * scale;
                blue[at] = b * scale;
            }

            var rest = y * width + usedWidth;
            red[rest..((y + 1) * width)].Clear();
            green[rest..((y + 1) * width)].Clear();
            blue[rest..((y + 1) * width)].Clear();
        }

        red[(usedHeight * width)..].Clear();
        green[(usedHeight * width)..].Clear();
        blue[(usedHeight * width)..].Clear();
    }
}
