namespace NWaves.Transforms;

/// <summary>
/// The Fourier transform of real signals whose length is a power of two: even and odd samples as one complex signal of half the
/// length (decimation in time, radix 2), taken apart at the end. Keeps working memory: one instance per thread.
/// </summary>
public class RealFft
{
    private readonly int _half;
    private readonly int[] _reversed;

    // exp(-2 pi i k / Size) for k in [0, Size / 2).
    private readonly float[] _cosines;
    private readonly float[] _sines;
    private readonly float[] _re;
    private readonly float[] _im;
    private readonly float[] _spectrumRe;
    private readonly float[] _spectrumIm;

    public RealFft(int size)
    {
        if (size < 2 || !int.IsPow2(size))
        {
            throw new ArgumentException($"Size of FFT must be power of 2, not {size}");
        }

        _half = size / 2;
        _reversed = new int[_half];
        for (var i = 1; i < _half; i++)
        {
            _reversed[i] = (_reversed[i / 2] / 2) | (i % 2 * (_half / 2));
        }

        (_re, _im) = (new float[_half], new float[_half]);
        (_spectrumRe, _spectrumIm) = (new float[_half + 1], new float[_half + 1]);
        (_cosines, _sines) = (new float[_half], new float[_half]);
        for (var k = 0; k < _half; k++)
        {
            _cosines[k] = (float)Math.Cos(-2 * Math.PI * k / size);
            _sines[k] = (float)Math.Sin(-2 * Math.PI * k / size);
        }
    }

    public int Size => _half * 2;

    /// <summary>Spectral lines 0 to Size / 2 of <paramref name="input"/> (Size samples), not scaled.</summary>
    public void Direct(float[] input, float[] re, float[] im)
    {
        for (var i = 0; i < _half; i++)
        {
            _re[_reversed[i]] = input[2 * i];
            _im[_reversed[i]] = input[2 * i + 1];
        }

        Transform(_re, _im);
        re[0] = _re[0] + _im[0];
        re[_half] = _re[0] - _im[0];
        im[0] = im[_half] = 0;
        for (var k = 1; k < _half; k++)
        {
            var (evenRe, evenIm) = (0.5f * (_re[k] + _re[_half - k]), 0.5f * (_im[k] - _im[_half - k]));
            var (oddRe, oddIm) = (0.5f * (_im[k] + _im[_half - k]), 0.5f * (_re[_half - k] - _re[k]));
            re[k] = evenRe + oddRe * _cosines[k] - oddIm * _sines[k];
            im[k] = evenIm + oddRe * _sines[k] + oddIm * _cosines[k];
        }
    }

    /// <summary>The signal of these spectral lines, Size / 2 times too large.</summary>
    public void Inverse(float[] re, float[] im, float[] output)
    {
        for (var k = 0; k < _half; k++)
        {
            var mirror = _half - k;
            var (evenRe, evenIm) = (0.5f * (re[k] + re[mirror]), 0.5f * (im[k] - im[mirror]));
            var (turnedRe, turnedIm) = (0.5f * (re[k] - re[mirror]), 0.5f * (im[k] + im[mirror]));
            var oddRe = turnedRe * _cosines[k] + turnedIm * _sines[k];
            var oddIm = turnedIm * _cosines[k] - turnedRe * _sines[k];

            // The inverse transform is the direct one of the conjugate.
            _re[_reversed[k]] = evenRe - oddIm;
            _im[_reversed[k]] = -(evenIm + oddRe);
        }

        Transform(_re, _im);
        for (var i = 0; i < _half; i++)
        {
            output[2 * i] = _re[i];
            output[2 * i + 1] = -_im[i];
        }
    }

    /// <summary><see cref="Inverse"/> scaled back, so that it undoes <see cref="Direct"/>.</summary>
    public void InverseNorm(float[] re, float[] im, float[] output)
    {
        Inverse(re, im, output);
        for (var i = 0; i < Size; i++)
        {
            output[i] /= _half;
        }
    }

    /// <summary><c>re^2 + im^2</c> of each line, divided by Size if <paramref name="normalize"/>.</summary>
    public void PowerSpectrum(float[] samples, float[] spectrum, bool normalize = true)
    {
        Direct(samples, _spectrumRe, _spectrumIm);
        var scale = normalize ? 1f / Size : 1;
        for (var k = 0; k <= _half; k++)
        {
            spectrum[k] = (_spectrumRe[k] * _spectrumRe[k] + _spectrumIm[k] * _spectrumIm[k]) * scale;
        }
    }

    /// <summary>The root of <c>re^2 + im^2</c> of each line, divided by Size if <paramref name="normalize"/>.</summary>
    public void MagnitudeSpectrum(float[] samples, float[] spectrum, bool normalize = false)
    {
        PowerSpectrum(samples, spectrum, normalize: false);
        var scale = normalize ? 1f / Size : 1;
        for (var k = 0; k <= _half; k++)
        {
            spectrum[k] = MathF.Sqrt(spectrum[k]) * scale;
        }
    }

    private void Transform(float[] re, float[] im)
    {
        for (var length = 2; length <= _half; length *= 2)
        {
            var turn = 2 * _half / length;
            for (var start = 0; start < _half; start += length)
            {
                for (var k = 0; k < length / 2; k++)
                {
                    var (a, b) = (start + k, start + k + length / 2);
                    var (c, s) = (_cosines[k * turn], _sines[k * turn]);
                    var (bRe, bIm) = (re[b] * c - im[b] * s, re[b] * s + im[b] * c);
                    (re[b], im[b]) = (re[a] - bRe, im[a] - bIm);
                    (re[a], im[a]) = (re[a] + bRe, im[a] + bIm);
                }
            }
        }
    }
}
