using System.Buffers;

namespace Emotion.Features.Faces;

/// <summary>
/// A face in a picture to the tensor <c>[1, CropSize, CropSize]</c>, for training and for serving. Revision 1: the similarity that
/// takes the landmarks to the template in least squares; gray as the weighted sum of red, green and blue; where the crop shrinks the
/// face by s, gray is first averaged over squares of floor(s) pixels and then sampled bilinearly, four samples a crop pixel if that
/// still shrinks, so that nothing aliases; beyond the picture its edge goes on; then, if the spec says so, the histogram of the crop is
/// equalised. Thread-safe; working memory is rented per face.
/// </summary>
public sealed class FaceAligner
{
    public const int Revision = 1;

    private readonly FacePoint[] _template;

    public FaceAligner(FaceFrameSpec spec)
    {
        Spec = spec.Validated();
        _template = [.. spec.Template.Select(point => new FacePoint(point.X * spec.CropSize, point.Y * spec.CropSize))];
    }

    public FaceFrameSpec Spec { get; }

    /// <summary>Floats in the tensor of a face.</summary>
    public int FeatureCount => Spec.CropSize * Spec.CropSize;

    /// <summary>Cuts the face with these landmarks into <paramref name="face"/>, <c>[1, CropSize, CropSize]</c>.</summary>
    /// <exception cref="ArgumentException">The landmarks coincide, or the destination is of another size.</exception>
    public FaceQuality Align(RgbPicture picture, FaceLandmarks landmarks, Span<float> face)
    {
        RequireTensor(face);
        ReadOnlySpan<FacePoint> points =
            [landmarks.LeftEye, landmarks.RightEye, landmarks.Nose, landmarks.LeftMouth, landmarks.RightMouth];
        var toCrop = Similarity.Fit(points, _template);
        if (!(toCrop.Scale > 0) || !float.IsFinite(toCrop.Scale))
        {
            throw new ArgumentException("Landmarks that do not resemble a face give no scale.", nameof(landmarks));
        }

        var toPicture = toCrop.Inverse();
        var region = Region(picture, toPicture);
        var factor = Math.Clamp((int)toPicture.Scale, 1, Math.Max(region.Width, region.Height));
        var (width, height) = ((region.Width + factor - 1) / factor, (region.Height + factor - 1) / factor);
        var rented = ArrayPool<float>.Shared.Rent(width * height);
        try
        {
            var gray = rented.AsSpan(0, width * height);
            Reduce(picture, region, factor, gray, width);
            Sample(gray, width, height, region, factor, toPicture, face);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }

        var eyes = _template[1].X - _template[0].X;
        var nose = toCrop.Map(landmarks.Nose);
        var quality = Finish(face) with
        {
            Yaw = (nose.X - _template[2].X) / eyes,
            Pitch = (nose.Y - _template[2].Y) / eyes,
        };
        return toPicture.Scale * Spec.CropSize < Spec.MinimumFacePixels ? quality with { Abstention = FaceAbstention.TooSmall } : quality;
    }

    /// <summary>A picture that is a crop already, as those of FER2013 and CK+48 are: 8-bit gray, <c>[CropSize, CropSize]</c>.</summary>
    public FaceQuality FromCrop(ReadOnlySpan<byte> gray, Span<float> face)
    {
        RequireTensor(face);
        if (gray.Length != FeatureCount)
        {
            throw new ArgumentException($"{gray.Length} bytes are no crop of {Spec.CropSize}x{Spec.CropSize}.", nameof(gray));
        }

        for (var i = 0; i < gray.Length; i++)
        {
            face[i] = gray[i];
        }

        return Finish(face);
    }

    private void RequireTensor(Span<float> face)
    {
        if (face.Length != FeatureCount)
        {
            throw new ArgumentException($"A face is {Spec.CropSize}x{Spec.CropSize} values, not {face.Length}.", nameof(face));
        }
    }

    // The whole pixels of the picture that the crop may look at: at least one, even if the face is wholly outside.
    private PixelRegion Region(RgbPicture picture, Similarity toPicture)
    {
        var side = Spec.CropSize;
        var (left, top, right, bottom) = (float.MaxValue, float.MaxValue, float.MinValue, float.MinValue);
        ReadOnlySpan<FacePoint> corners = [new(0, 0), new(side, 0), new(0, side), new(side, side)];
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

    // Gray, 0 to 255, averaged over squares of factor x factor pixels (fewer at the right and lower edge).
    private void Reduce(RgbPicture picture, PixelRegion region, int factor, Span<float> gray, int width)
    {
        var (red, green, blue) = (Spec.GrayWeights[0], Spec.GrayWeights[1], Spec.GrayWeights[2]);
        for (var top = 0; top < region.Height; top += factor)
        {
            var rows = Math.Min(factor, region.Height - top);
            var target = gray.Slice(top / factor * width, width);
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
    }

    private void Sample(
        ReadOnlySpan<float> gray, int width, int height, PixelRegion region, int factor, Similarity toPicture, Span<float> face)
    {
        var perAxis = toPicture.Scale / factor > 1 ? 2 : 1;
        var step = 1f / perAxis;
        for (var v = 0; v < Spec.CropSize; v++)
        {
            for (var u = 0; u < Spec.CropSize; u++)
            {
                var sum = 0f;
                for (var sub = 0; sub < perAxis * perAxis; sub++)
                {
                    var at = toPicture.Map(new(u + (sub % perAxis + 0.5f) * step, v + (sub / perAxis + 0.5f) * step));
                    sum += Bilinear(gray, width, height, (at.X - region.Left) / factor - 0.5f, (at.Y - region.Top) / factor - 0.5f);
                }

                face[v * Spec.CropSize + u] = sum / (perAxis * perAxis);
            }
        }
    }

    private static float Bilinear(ReadOnlySpan<float> gray, int width, int height, float x, float y)
    {
        x = Math.Clamp(x, 0, width - 1);
        y = Math.Clamp(y, 0, height - 1);
        var (x0, y0) = ((int)x, (int)y);
        var (x1, y1) = (Math.Min(x0 + 1, width - 1), Math.Min(y0 + 1, height - 1));
        var (fx, fy) = (x - x0, y - y0);
        var upper = gray[y0 * width + x0] + (gray[y0 * width + x1] - gray[y0 * width + x0]) * fx;
        var lower = gray[y1 * width + x0] + (gray[y1 * width + x1] - gray[y1 * width + x0]) * fx;
        return upper + (lower - upper) * fy;
    }

    // A crop of gray 0 to 255 to the tensor, in place.
    private FaceQuality Finish(Span<float> face)
    {
        var sum = 0f;
        foreach (var gray in face)
        {
            sum += gray;
        }

        var brightness = sum / (255 * face.Length);
        if (Spec.Equalise)
        {
            Equalise(face);
        }

        var sharpness = Sharpness(face);
        for (var i = 0; i < face.Length; i++)
        {
            face[i] = (face[i] / 255 - Spec.Mean) / Spec.Deviation;
        }

        var abstention = brightness < Spec.MinimumBrightness ? FaceAbstention.TooDark
            : sharpness < Spec.MinimumSharpness ? FaceAbstention.TooBlurred
            : FaceAbstention.None;
        return new FaceQuality(brightness, sharpness, Yaw: 0, Pitch: 0, abstention);
    }

    // Each gray, rounded, becomes 255 times the share of pixels that are darker, of those that are not of the darkest gray.
    private static void Equalise(Span<float> face)
    {
        Span<int> histogram = stackalloc int[256];
        histogram.Clear();
        foreach (var gray in face)
        {
            histogram[(int)(gray + 0.5f)]++;
        }

        Span<float> equalised = stackalloc float[256];
        var (total, darkest) = (0, 0);
        for (var gray = 0; gray < 256; gray++)
        {
            total += histogram[gray];
            darkest = darkest == 0 ? total : darkest;
            equalised[gray] = darkest == face.Length ? gray : 255f * (total - darkest) / (face.Length - darkest);
        }

        for (var i = 0; i < face.Length; i++)
        {
            face[i] = equalised[(int)(face[i] + 0.5f)];
        }
    }

    private float Sharpness(ReadOnlySpan<float> face)
    {
        var side = Spec.CropSize;
        double sum = 0, squares = 0;
        for (var v = 1; v < side - 1; v++)
        {
            for (var u = 1; u < side - 1; u++)
            {
                var i = v * side + u;
                var laplacian = (face[i - 1] + face[i + 1] + face[i - side] + face[i + side] - 4 * face[i]) / 255.0;
                sum += laplacian;
                squares += laplacian * laplacian;
            }
        }

        var count = (side - 2) * (side - 2);
        return (float)(squares / count - sum / count * (sum / count));
    }

    private readonly record struct PixelRegion(int Left, int Top, int Width, int Height);
}
