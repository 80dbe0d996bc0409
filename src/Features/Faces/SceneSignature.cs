namespace Emotion.Features.Faces;

/// <summary>
/// A picture as 8 x 6 mean colours, to tell a cut from movement: after a cut the colours lie elsewhere. Two pictures are of different
/// scenes where the mean difference of the values is at least 0.04 of their range and their correlation is below 0.7. Measured over
/// clips of people talking, 0.2 s apart (decisions/scene-cuts.md): at most 0.033 and at least 0.965 without a cut.
/// </summary>
public static class SceneSignature
{
    public const int Columns = 8, Rows = 6, Length = 3 * Columns * Rows;

    private const double MinimumDifference = 0.04, MaximumCorrelation = 0.7;

    /// <param name="signature"><see cref="Length"/> bytes: rows of red, green, blue.</param>
    public static void Write(RgbPicture picture, Span<byte> signature)
    {
        for (var cell = 0; cell < Columns * Rows; cell++)
        {
            var (left, right) = Range(cell % Columns, Columns, picture.Width);
            var (top, bottom) = Range(cell / Columns, Rows, picture.Height);
            var (r, g, b) = (0, 0, 0);
            // Every second row does.
            for (var y = top; y < bottom; y += 2)
            {
                var pixels = picture.Pixels.Slice((y * picture.Width + left) * 3, (right - left) * 3);
                for (var i = 0; i + 2 < pixels.Length; i += 3)
                {
                    r += pixels[i];
                    g += pixels[i + 1];
                    b += pixels[i + 2];
                }
            }

            var count = (bottom - top + 1) / 2 * (right - left);
            var target = signature.Slice(3 * cell, 3);
            (target[0], target[1], target[2]) = ((byte)(r / count), (byte)(g / count), (byte)(b / count));
        }
    }

    /// <summary>Whether there is a cut between two pictures; never where a signature is missing.</summary>
    public static bool Differ(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        if (before.Length != Length || after.Length != Length)
        {
            return false;
        }

        double difference = 0, sumA = 0, sumB = 0, squaresA = 0, squaresB = 0, product = 0;
        for (var i = 0; i < Length; i++)
        {
            double a = before[i], b = after[i];
            difference += Math.Abs(a - b);
            sumA += a;
            sumB += b;
            squaresA += a * a;
            squaresB += b * b;
            product += a * b;
        }

        var variances = (squaresA - sumA * sumA / Length) * (squaresB - sumB * sumB / Length);
        var correlation = variances > 0 ? (product - sumA * sumB / Length) / Math.Sqrt(variances) : 0;
        return difference / Length / 255 >= MinimumDifference && correlation < MaximumCorrelation;
    }

    private static (int From, int To) Range(int cell, int cells, int side)
    {
        var from = Math.Min(cell * side / cells, side - 1);
        return (from, Math.Max(from + 1, (cell + 1) * side / cells));
    }
}
