namespace Emotion.Features.Faces;

/// <summary>
/// Rotation, uniform scale and translation: <c>x' = a x - b y + tx</c>, <c>y' = b x + a y + ty</c>.
/// </summary>
public readonly record struct Similarity(float A, float B, float Tx, float Ty)
{
    public float Scale => MathF.Sqrt(A * A + B * B);

    public FacePoint Map(FacePoint p) => new(A * p.X - B * p.Y + Tx, B * p.X + A * p.Y + Ty);

    /// <summary>This one, after <paramref name="first"/>.</summary>
    public Similarity After(Similarity first)
    {
        var (tx, ty) = Map(new FacePoint(first.Tx, first.Ty));
        return new Similarity(A * first.A - B * first.B, A * first.B + B * first.A, tx, ty);
    }

    public Similarity Inverse()
    {
        var norm = A * A + B * B;
        var (a, b) = (A / norm, -B / norm);
        return new Similarity(a, b, -(a * Tx - b * Ty), -(b * Tx + a * Ty));
    }

    /// <summary>
    /// The similarity that takes <paramref name="from"/> to <paramref name="to"/> with the least sum of squared distances. In two
    /// dimensions and without reflection, Umeyama's solution (IEEE TPAMI 13(4), 1991) is closed: with p and q about their means,
    /// <c>a = sum(p . q) / sum |p|^2</c>, <c>b = sum(p x q) / sum |p|^2</c>.
    /// </summary>
    /// <exception cref="ArgumentException">The points to map all coincide.</exception>
    public static Similarity Fit(ReadOnlySpan<FacePoint> from, ReadOnlySpan<FacePoint> to)
    {
        var (fromX, fromY) = Mean(from);
        var (toX, toY) = Mean(to);
        double dot = 0, cross = 0, norm = 0;
        for (var i = 0; i < from.Length; i++)
        {
            var (px, py) = (from[i].X - fromX, from[i].Y - fromY);
            var (qx, qy) = (to[i].X - toX, to[i].Y - toY);
            dot += px * qx + py * qy;
            cross += px * qy - py * qx;
            norm += px * px + py * py;
        }

        if (!(norm > 0))
        {
            throw new ArgumentException("Points that all coincide give neither scale nor rotation.", nameof(from));
        }

        var (a, b) = (dot / norm, cross / norm);
        return new Similarity((float)a, (float)b, (float)(toX - a * fromX + b * fromY), (float)(toY - b * fromX - a * fromY));
    }

    private static (double X, double Y) Mean(ReadOnlySpan<FacePoint> points)
    {
        double x = 0, y = 0;
        foreach (var point in points)
        {
            x += point.X;
            y += point.Y;
        }

        return (x / points.Length, y / points.Length);
    }
}
