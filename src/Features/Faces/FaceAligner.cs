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
        var region = PixelRegion.Covering(picture, toPicture, 0, Spec.CropSize);
        var factor = Math.Clamp((int)toPicture.Scale, 1, Math.Max(region.Width, region.Height));
        var rented = ArrayPool<float>.Shared.Rent(region.ReducedArea(factor));
        try
        {
            Sample(GrayRegion.Reduce(picture, region, factor, Spec.GrayWeights, rented), toPicture, face);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }

        var size = toPicture.Scale * Spec.CropSize;
        var quality = Finish(face) with { Size = size, Pose = FacePose.Of(landmarks) };
        return size < Spec.MinimumFacePixels ? quality with { Abstention = FaceAbstention.TooSmall } : quality;
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

    private void Sample(GrayRegion gray, Similarity toPicture, Span<float> face)
    {
        var perAxis = toPicture.Scale / gray.Factor > 1 ? 2 : 1;
        var step = 1f / perAxis;
        for (var v = 0; v < Spec.CropSize; v++)
        {
            for (var u = 0; u < Spec.CropSize; u++)
            {
                var sum = 0f;
                for (var sub = 0; sub < perAxis * perAxis; sub++)
                {
                    sum += gray.At(toPicture.Map(new(u + (sub % perAxis + 0.5f) * step, v + (sub / perAxis + 0.5f) * step)));
                }

                face[v * Spec.CropSize + u] = sum / (perAxis * perAxis);
            }
        }
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
        return new FaceQuality(Spec.CropSize, brightness, sharpness, default, abstention);
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
}
