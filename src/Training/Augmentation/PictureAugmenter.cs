using Emotion.Features.Faces;
using Emotion.Training.Datasets;
using Emotion.Training.Recipes;

namespace Emotion.Training.Augmentation;

/// <summary>
/// Gray bytes to a tensor plane of any size: one affine map (flip, rotation, zoom, shift), light, erasing and normalisation in one
/// pass over the target's pixels. Shrinking averages four points per pixel, so that small sizes do not alias.
/// </summary>
public sealed class PictureAugmenter(PictureAugmentationSpec spec, FaceAligner aligner)
{
    private const int Side = FacePicture.Side;
    private readonly float _mean = aligner.Spec.Mean;
    private readonly float _deviation = aligner.Spec.Deviation;

    /// <summary>Writes a changed picture: <c>[size, size]</c>.</summary>
    public void Write(ReadOnlySpan<byte> gray, int size, Random random, Span<float> target)
    {
        var angle = Symmetric(random, spec.RotationDegrees * Math.PI / 180);
        var zoom = Math.Exp(Symmetric(random, spec.Zoom));
        var flip = random.NextDouble() < spec.FlipProbability ? -1 : 1;
        var (cos, sin) = ((float)(Math.Cos(angle) / zoom), (float)(Math.Sin(angle) / zoom));
        var map = new Affine(flip * cos, -sin, flip * sin, cos,
            (float)Symmetric(random, spec.Shift * Side), (float)Symmetric(random, spec.Shift * Side));
        var contrast = (float)Math.Exp(Symmetric(random, spec.Light));
        var brightness = (float)Symmetric(random, spec.Light / 2);
        Sample(gray, size, map, contrast / (255 * _deviation), (0.5f + brightness - 0.5f * contrast - _mean) / _deviation, target);
        if (random.NextDouble() < spec.EraseProbability)
        {
            Erase(size, random, target);
        }
    }

    /// <summary>Writes a picture as it is: at the crop's size through the front end that serves.</summary>
    public void WritePlain(ReadOnlySpan<byte> gray, int size, Span<float> target)
    {
        if (size == aligner.Spec.CropSize)
        {
            aligner.FromCrop(gray, target);
        }
        else
        {
            Sample(gray, size, new Affine(1, 0, 0, 1, 0, 0), 1 / (255 * _deviation), -_mean / _deviation, target);
        }
    }

    /// <summary>The plain picture, <c>[size * size]</c>, with lids painted over the eyes.</summary>
    public float[] WithShutEyes(ReadOnlySpan<byte> gray, int size)
    {
        var shut = gray.ToArray();
        Eyelids.Paint(shut, Side, aligner.Spec.Template);
        var target = new float[size * size];
        WritePlain(shut, size, target);
        return target;
    }

    /// <summary>
    /// What <see cref="WritePlain"/> does to rows and columns alike, as a matrix <c>[size, Side]</c>: the smaller picture is M picture Mᵀ. For a
    /// graph that is to see its crops at the size that it was trained at.
    /// </summary>
    public static float[] Reduction(int size)
    {
        var points = Points(size);
        var matrix = new float[size * Side];
        for (var row = 0; row < size; row++)
        {
            for (var point = 0; point < points; point++)
            {
                var at = Math.Clamp((row + (point + 0.5f) / points) * Side / size - 0.5f, 0, Side - 1);
                var first = Math.Min((int)at, Side - 2);
                matrix[row * Side + first] += (1 - (at - first)) / points;
                matrix[row * Side + first + 1] += (at - first) / points;
            }
        }

        return matrix;
    }

    // Sampling points per pixel and direction.
    private static int Points(int size) => size < Side * 3 / 4 ? 2 : 1;

    /// <summary>Source = matrix * target + shift, in pixels of the source from its centre.</summary>
    private readonly record struct Affine(float Xx, float Xy, float Yx, float Yy, float X, float Y);

    private static void Sample(ReadOnlySpan<byte> gray, int size, Affine map, float scale, float offset, Span<float> target)
    {
        var points = Points(size);
        var step = (float)Side / size;
        var share = scale / (points * points);
        for (var row = 0; row < size; row++)
        {
            for (var column = 0; column < size; column++)
            {
                var sum = 0f;
                for (var point = 0; point < points * points; point++)
                {
                    var x = (column + (point % points + 0.5f) / points) * step - Side / 2f;
                    var y = (row + (point / points + 0.5f) / points) * step - Side / 2f;
                    sum += Bilinear(gray, map.Xx * x + map.Xy * y + map.X + Side / 2f - 0.5f, map.Yx * x + map.Yy * y + map.Y + Side / 2f - 0.5f);
                }

                target[row * size + column] = sum * share + offset;
            }
        }
    }

    // Beyond its edges a picture goes on with its edge.
    private static float Bilinear(ReadOnlySpan<byte> gray, float x, float y)
    {
        x = Math.Clamp(x, 0, Side - 1);
        y = Math.Clamp(y, 0, Side - 1);
        var (left, top) = (Math.Min((int)x, Side - 2), Math.Min((int)y, Side - 2));
        var (right, below) = (x - left, y - top);
        var at = top * Side + left;
        var upper = gray[at] + (gray[at + 1] - gray[at]) * right;
        var lower = gray[at + Side] + (gray[at + Side + 1] - gray[at + Side]) * right;
        return upper + (lower - upper) * below;
    }

    private void Erase(int size, Random random, Span<float> target)
    {
        var area = (0.02 + random.NextDouble() * Math.Max(0, spec.EraseArea - 0.02)) * size * size;
        var ratio = Math.Exp(Symmetric(random, 1));
        var height = Math.Clamp((int)Math.Round(Math.Sqrt(area * ratio)), 1, size);
        var width = Math.Clamp((int)Math.Round(Math.Sqrt(area / ratio)), 1, size);
        var (top, left) = (random.Next(size - height + 1), random.Next(size - width + 1));
        var value = (float)Symmetric(random, 1);
        for (var row = top; row < top + height; row++)
        {
            target.Slice(row * size + left, width).Fill(value);
        }
    }

    private static double Symmetric(Random random, double extent) => (random.NextDouble() * 2 - 1) * extent;
}
