using Emotion.Features.Mfcc;

namespace Emotion.Training.Networks;

/// <summary>
/// Normalised coefficients back to a log-mel picture: neighbouring columns then are neighbouring frequencies, which is what a convolution
/// looks for; in a cepstrum they are not. With c[i] = deviation[i] x[i] (the mean left out) the inverse of the orthonormal DCT-II, read
/// at the middle of band b of B, is <c>D[b] = sum over i of s(i) c[i] cos(pi i (b + 0.5) / B)</c>, s(0) = sqrt(1 / melBands), else
/// sqrt(2 / melBands). Coefficients that were cut off make it smooth. Each band is divided by the deviation that it would have were the
/// coefficients uncorrelated.
/// </summary>
public static class CepstralPicture
{
    /// <summary><c>[coefficients, bands]</c>, flat.</summary>
    public static float[] Matrix(MfccSpec spec, int bands)
    {
        var matrix = new float[spec.Coefficients * bands];
        for (var band = 0; band < bands; band++)
        {
            var variance = 0.0;
            for (var i = 0; i < spec.Coefficients; i++)
            {
                var scale = Math.Sqrt((i == 0 ? 1.0 : 2.0) / spec.MelBands) * spec.Deviation[i];
                var value = scale * Math.Cos(Math.PI * i * (band + 0.5) / bands);
                matrix[i * bands + band] = (float)value;
                variance += value * value;
            }

            for (var i = 0; i < spec.Coefficients; i++)
            {
                matrix[i * bands + band] /= (float)Math.Sqrt(variance);
            }
        }

        return matrix;
    }
}
