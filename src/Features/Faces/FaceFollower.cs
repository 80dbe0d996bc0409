using System.Buffers;

namespace Emotion.Features.Faces;

/// <summary>
/// Finds one face again in the pictures after the one in which the detector found it. What is compared is the square of the crop, in
/// gray, reduced to 24 x 24 and to mean 0 and norm 1, so that neither light nor contrast matter: first shifted about in steps of two
/// samples, then as a similarity by inverse compositional alignment (Baker and Matthews, IJCV 56(3), 2004). The pattern stays that of
/// the detection, so that nothing drifts. Holds its memory for the next face; not thread-safe.
/// </summary>
/// <param name="spec">Of the crop.</param>
/// <param name="follow">Bounds.</param>
public sealed class FaceFollower(FaceFrameSpec spec, FaceFollowSpec follow)
{
    public const int Revision = 1;

    private const int Side = 24, Samples = Side * Side, Parameters = 4, CoarseStep = 2, Iterations = 12;

    /// <summary>A face that seems to shrink or grow by more between two pictures is another one.</summary>
    private const float MaximumScaling = 1.4f;

    private readonly FacePoint[] _template =
        [.. spec.Template.Select(point => new FacePoint((point.X - 0.5f) * Side, (point.Y - 0.5f) * Side))];

    private readonly float[] _pattern = new float[Samples];
    private readonly float[] _seen = new float[Samples];
    private readonly float[] _descent = new float[Parameters * Samples];
    private readonly double[] _inverse = new double[Parameters * Parameters];
    private Similarity _found, _last;
    private FaceBox _box;
    private FaceLandmarks _landmarks;

    /// <summary>Takes the face as the detector found it.</summary>
    /// <returns>False where it has no pattern to follow: it is of one gray.</returns>
    public bool Remember(RgbPicture picture, FaceBox box, FaceLandmarks landmarks)
    {
        ReadOnlySpan<FacePoint> points =
            [landmarks.LeftEye, landmarks.RightEye, landmarks.Nose, landmarks.LeftMouth, landmarks.RightMouth];
        _found = _last = Similarity.Fit(_template, points);
        (_box, _landmarks) = (box, landmarks);
        var region = PixelRegion.Covering(picture, _found, -Side / 2f, Side / 2f);
        var factor = Factor(region);
        var rented = ArrayPool<float>.Shared.Rent(region.ReducedArea(factor));
        try
        {
            Sample(GrayRegion.Reduce(picture, region, factor, spec.GrayWeights, rented), _found, _pattern);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }

        return Normalise(_pattern) && Prepare();
    }

    /// <summary>Looks for it near where it was last.</summary>
    /// <returns>Correlation with what was found, at most 1; below the spec's bound, or 0 where it left, box and landmarks mean nothing.</returns>
    public float Follow(RgbPicture picture, out FaceBox box, out FaceLandmarks landmarks)
    {
        var reach = follow.Reach * Side;
        var region = PixelRegion.Covering(picture, _last, -Side / 2f - reach, Side / 2f + reach);
        var factor = Factor(region);
        var rented = ArrayPool<float>.Shared.Rent(region.ReducedArea(factor));
        float correlation;
        Similarity place;
        try
        {
            var gray = GrayRegion.Reduce(picture, region, factor, spec.GrayWeights, rented);
            place = Refine(gray, Shift(gray, reach));
            Sample(gray, place, _seen);
            correlation = Normalise(_seen) ? Dot(_seen, _pattern) : 0;
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }

        var scaling = place.Scale / _last.Scale;
        var centre = place.Map(new(0, 0));
        if (!(scaling is > 1 / MaximumScaling and < MaximumScaling)
            || !(centre.X > 0 && centre.Y > 0 && centre.X < picture.Width && centre.Y < picture.Height))
        {
            (box, landmarks) = (default, default);
            return 0;
        }

        _last = place;
        (box, landmarks) = Moved(place.After(_found.Inverse()), picture);
        return correlation;
    }

    private int Factor(PixelRegion region) => Math.Clamp((int)_last.Scale, 1, Math.Max(region.Width, region.Height));

    private static void Sample(GrayRegion gray, Similarity place, Span<float> values)
    {
        for (var i = 0; i < Samples; i++)
        {
            values[i] = gray.At(place.Map(Centred(i % Side, i / Side)));
        }
    }

    private static FacePoint Centred(int column, int row) => new(column + 0.5f - Side / 2f, row + 0.5f - Side / 2f);

    // Mean 0, norm 1; false where all is one gray.
    private static bool Normalise(Span<float> values)
    {
        var mean = 0f;
        foreach (var value in values)
        {
            mean += value;
        }

        mean /= values.Length;
        var squares = 0f;
        foreach (ref var value in values)
        {
            value -= mean;
            squares += value * value;
        }

        var scale = 1 / MathF.Sqrt(squares);
        foreach (ref var value in values)
        {
            value *= scale;
        }

        return squares > 1;
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0f;
        for (var i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    // Gradients of the pattern along x, y, scale and turn, and the inverse of their products.
    private bool Prepare()
    {
        var products = new Symmetric4();
        for (var i = 0; i < Samples; i++)
        {
            var (column, row) = (i % Side, i / Side);
            var (left, right) = (Math.Max(column - 1, 0), Math.Min(column + 1, Side - 1));
            var (above, below) = (Math.Max(row - 1, 0), Math.Min(row + 1, Side - 1));
            var du = (_pattern[row * Side + right] - _pattern[row * Side + left]) / (right - left);
            var dv = (_pattern[below * Side + column] - _pattern[above * Side + column]) / (below - above);
            var (u, v) = Centred(column, row);
            var step = _descent.AsSpan(Parameters * i, Parameters);
            (step[0], step[1], step[2], step[3]) = (du, dv, du * u + dv * v, dv * u - du * v);
            products.Add(step);
        }

        return products.TryInvert(_inverse);
    }

    // The best of whole shifts, over every second sample of the pattern.
    private Similarity Shift(GrayRegion gray, float reach)
    {
        var steps = Math.Max(1, (int)(reach / CoarseStep));
        var (best, place) = (float.NegativeInfinity, _last);
        for (var dy = -steps; dy <= steps; dy++)
        {
            for (var dx = -steps; dx <= steps; dx++)
            {
                var (x, y) = _last.Map(new(dx * CoarseStep, dy * CoarseStep));
                var shifted = _last with { Tx = x, Ty = y };
                if (Coarse(gray, shifted) is var correlation && correlation > best)
                {
                    (best, place) = (correlation, shifted);
                }
            }
        }

        return place;
    }

    private float Coarse(GrayRegion gray, Similarity place)
    {
        float dot = 0, sum = 0, squares = 0, sumPattern = 0, squaresPattern = 0;
        for (var row = 0; row < Side; row += 2)
        {
            for (var column = 0; column < Side; column += 2)
            {
                var (value, pattern) = (gray.At(place.Map(Centred(column, row))), _pattern[row * Side + column]);
                dot += value * pattern;
                sum += value;
                squares += value * value;
                sumPattern += pattern;
                squaresPattern += pattern * pattern;
            }
        }

        const float Count = Samples / 4f;
        var variances = (squares - sum * sum / Count) * (squaresPattern - sumPattern * sumPattern / Count);
        return variances > 0 ? (dot - sum * sumPattern / Count) / MathF.Sqrt(variances) : 0;
    }

    private Similarity Refine(GrayRegion gray, Similarity place)
    {
        Span<double> error = stackalloc double[Parameters];
        Span<double> change = stackalloc double[Parameters];
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            Sample(gray, place, _seen);
            if (!Normalise(_seen))
            {
                return place;
            }

            error.Clear();
            for (var i = 0; i < Samples; i++)
            {
                var difference = _seen[i] - _pattern[i];
                for (var p = 0; p < Parameters; p++)
                {
                    error[p] += _descent[Parameters * i + p] * difference;
                }
            }

            Symmetric4.Multiply(_inverse, error, change);
            var step = new Similarity(1 + (float)change[2], (float)change[3], (float)change[0], (float)change[1]);
            place = place.After(step.Inverse());
            if (Math.Abs(change[0]) + Math.Abs(change[1]) + Side * (Math.Abs(change[2]) + Math.Abs(change[3])) < 0.02)
            {
                break;
            }
        }

        return place;
    }

    private (FaceBox Box, FaceLandmarks Landmarks) Moved(Similarity move, RgbPicture picture)
    {
        var centre = move.Map(new((_box.Left + _box.Right) / 2, (_box.Top + _box.Bottom) / 2));
        var (width, height) = (_box.Width * move.Scale / 2, _box.Height * move.Scale / 2);
        return (
            new FaceBox(
                Math.Clamp(centre.X - width, 0, picture.Width), Math.Clamp(centre.Y - height, 0, picture.Height),
                Math.Clamp(centre.X + width, 0, picture.Width), Math.Clamp(centre.Y + height, 0, picture.Height)),
            new FaceLandmarks(
                move.Map(_landmarks.LeftEye), move.Map(_landmarks.RightEye), move.Map(_landmarks.Nose),
                move.Map(_landmarks.LeftMouth), move.Map(_landmarks.RightMouth)));
    }
}
