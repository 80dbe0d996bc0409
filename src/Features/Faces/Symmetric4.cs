namespace Emotion.Features.Faces;

/// <summary>The sum of outer products of vectors of four values, to be inverted: the normal equations of a small least squares problem.</summary>
internal sealed class Symmetric4
{
    private const int N = 4;
    private readonly double[] _sums = new double[N * N];

    public void Add(ReadOnlySpan<float> vector)
    {
        for (var row = 0; row < N; row++)
        {
            for (var column = 0; column < N; column++)
            {
                _sums[row * N + column] += (double)vector[row] * vector[column];
            }
        }
    }

    /// <summary>Gauss and Jordan, without pivoting, which a positive definite matrix does not need; false where it is singular.</summary>
    public bool TryInvert(Span<double> inverse)
    {
        var work = (double[])_sums.Clone();
        inverse.Clear();
        for (var i = 0; i < N; i++)
        {
            inverse[i * N + i] = 1;
        }

        for (var pivot = 0; pivot < N; pivot++)
        {
            var divisor = work[pivot * N + pivot];
            if (!(divisor > 1e-12))
            {
                return false;
            }

            for (var column = 0; column < N; column++)
            {
                work[pivot * N + column] /= divisor;
                inverse[pivot * N + column] /= divisor;
            }

            for (var row = 0; row < N; row++)
            {
                var factor = row == pivot ? 0 : work[row * N + pivot];
                for (var column = 0; column < N; column++)
                {
                    work[row * N + column] -= factor * work[pivot * N + column];
                    inverse[row * N + column] -= factor * inverse[pivot * N + column];
                }
            }
        }

        return true;
    }

    public static void Multiply(ReadOnlySpan<double> matrix, ReadOnlySpan<double> vector, Span<double> result)
    {
        for (var row = 0; row < N; row++)
        {
            result[row] = 0;
            for (var column = 0; column < N; column++)
            {
                result[row] += matrix[row * N + column] * vector[column];
            }
        }
    }
}
