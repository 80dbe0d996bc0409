using System.Numerics;

namespace Emotion.Features.Mfcc;

/// <summary>
/// The Fourier transform of as many real signals at once as a vector has lanes: each lane is one analysis frame, so every
/// instruction does full work, nothing is shuffled, and the result of a frame does not depend on which lane it is in.
/// Stockham's self-sorting form, radix 4 with one last step of radix 2 where the size asks for it (Van Loan, "Computational
/// Frameworks for the Fast Fourier Transform", 1992, section 1.7); N real values go through N / 2 complex ones.
/// </summary>
internal sealed class LaneFft
{
    private readonly int _half;
    private readonly float[] _cosines;
    private readonly float[] _sines;

    public LaneFft(int size)
    {
        _half = size / 2;
        _cosines = new float[size];
        _sines = new float[size];
        for (var k = 0; k < size; k++)
        {
            (var sine, var cosine) = Math.SinCos(-2 * Math.PI * k / size);
            _cosines[k] = (float)cosine;
            _sines[k] = (float)sine;
        }
    }

    /// <summary>Spectral lines, 0 to the Nyquist frequency.</summary>
    public int Lines => _half + 1;

    /// <summary>
    /// <c>power[k] = |sum over n of x[n] exp(-2 pi i k n / N)|^2</c> for the lines from <paramref name="first"/> up to but not
    /// <paramref name="end"/>. <paramref name="re"/> holds the even samples, <paramref name="im"/> the odd ones, N / 2 vectors
    /// each; both are overwritten, as are the two scratch spans of the same length.
    /// </summary>
    public void Power(
        Span<Vector<float>> re, Span<Vector<float>> im, Span<Vector<float>> scratchRe, Span<Vector<float>> scratchIm,
        Span<Vector<float>> power, int first, int end)
    {
        var length = _half;
        var stride = 1;
        for (; length >= 4; length /= 4, stride *= 4)
        {
            Radix4(re, im, scratchRe, scratchIm, length, stride);
            Swap(ref re, ref scratchRe);
            Swap(ref im, ref scratchIm);
        }

        if (length == 2)
        {
            Radix2(re, im, scratchRe, scratchIm, stride);
            Swap(ref re, ref scratchRe);
            Swap(ref im, ref scratchIm);
        }

        for (var k = first; k < end; k++)
        {
            power[k] = Line(re, im, k);
        }
    }

    private void Radix4(
        ReadOnlySpan<Vector<float>> re, ReadOnlySpan<Vector<float>> im, Span<Vector<float>> toRe, Span<Vector<float>> toIm,
        int length, int stride)
    {
        var quarter = length / 4;
        for (var p = 0; p < quarter; p++)
        {
            // The tables hold the roots of unity of order N = 2 half; those of order `length` are every (2 half / length)-th.
            var turn = p * 2 * stride;
            var (c1, s1) = (new Vector<float>(_cosines[turn]), new Vector<float>(_sines[turn]));
            var (c2, s2) = (new Vector<float>(_cosines[2 * turn]), new Vector<float>(_sines[2 * turn]));
            var (c3, s3) = (new Vector<float>(_cosines[3 * turn]), new Vector<float>(_sines[3 * turn]));
            for (var q = 0; q < stride; q++)
            {
                var i = q + stride * p;
                var step = stride * quarter;
                var (aRe, aIm) = (re[i], im[i]);
                var (bRe, bIm) = (re[i + step], im[i + step]);
                var (cRe, cIm) = (re[i + 2 * step], im[i + 2 * step]);
                var (dRe, dIm) = (re[i + 3 * step], im[i + 3 * step]);
                var (sumRe, sumIm) = (aRe + cRe, aIm + cIm);
                var (differenceRe, differenceIm) = (aRe - cRe, aIm - cIm);
                var (sum2Re, sum2Im) = (bRe + dRe, bIm + dIm);
                var (turnedRe, turnedIm) = (dIm - bIm, bRe - dRe);

                var o = q + stride * 4 * p;
                toRe[o] = sumRe + sum2Re;
                toIm[o] = sumIm + sum2Im;
                Rotate(differenceRe - turnedRe, differenceIm - turnedIm, c1, s1, out toRe[o + stride], out toIm[o + stride]);
                Rotate(sumRe - sum2Re, sumIm - sum2Im, c2, s2, out toRe[o + 2 * stride], out toIm[o + 2 * stride]);
                Rotate(differenceRe + turnedRe, differenceIm + turnedIm, c3, s3, out toRe[o + 3 * stride], out toIm[o + 3 * stride]);
            }
        }
    }

    private static void Radix2(
        ReadOnlySpan<Vector<float>> re, ReadOnlySpan<Vector<float>> im, Span<Vector<float>> toRe, Span<Vector<float>> toIm, int stride)
    {
        for (var q = 0; q < stride; q++)
        {
            toRe[q] = re[q] + re[q + stride];
            toIm[q] = im[q] + im[q + stride];
            toRe[q + stride] = re[q] - re[q + stride];
            toIm[q + stride] = im[q] - im[q + stride];
        }
    }

    // With Z the transform of even + i odd samples: X[k] = (Z[k] + Z*[h-k]) / 2 - i w^k (Z[k] - Z*[h-k]) / 2, w = exp(-2 pi i / N).
    private Vector<float> Line(ReadOnlySpan<Vector<float>> re, ReadOnlySpan<Vector<float>> im, int k)
    {
        var (at, mirror) = (k & (_half - 1), (_half - k) & (_half - 1));
        var evenRe = re[at] + re[mirror];
        var evenIm = im[at] - im[mirror];
        var oddRe = im[at] + im[mirror];
        var oddIm = re[mirror] - re[at];
        Rotate(oddRe, oddIm, new Vector<float>(_cosines[k]), new Vector<float>(_sines[k]), out var turnedRe, out var turnedIm);
        var (lineRe, lineIm) = (evenRe + turnedRe, evenIm + turnedIm);
        return (lineRe * lineRe + lineIm * lineIm) * 0.25f;
    }

    private static void Rotate(
        Vector<float> re, Vector<float> im, Vector<float> cosine, Vector<float> sine, out Vector<float> toRe, out Vector<float> toIm)
    {
        toRe = re * cosine - im * sine;
        toIm = re * sine + im * cosine;
    }

    private static void Swap(ref Span<Vector<float>> a, ref Span<Vector<float>> b)
    {
        var kept = a;
        a = b;
        b = kept;
    }
}
