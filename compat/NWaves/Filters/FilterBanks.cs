using NWaves.Utils;

namespace NWaves.Filters.Fda;

/// <summary>
/// Mel filter banks. A bank is <c>[filters][fftSize / 2 + 1]</c>: the weight of every spectral line in every filter.
/// A band is (left, centre, right) in hertz.
/// </summary>
public static class FilterBanks
{
    /// <summary>Bands that are uniform on HTK's mel scale; each centre is the edge of both neighbours if they overlap.</summary>
    public static (double, double, double)[] MelBands(
        int melFilterCount, int samplingRate, double lowFreq = 0, double highFreq = 0, bool overlap = true) =>
        UniformBands(Scale.HerzToMel, Scale.MelToHerz, melFilterCount, samplingRate, lowFreq, highFreq, overlap);

    /// <summary>The same on Slaney's mel scale, as librosa lays them by default.</summary>
    public static (double, double, double)[] MelBandsSlaney(
        int melFilterCount, int samplingRate, double lowFreq = 0, double highFreq = 0, bool overlap = true) =>
        UniformBands(Scale.HerzToMelSlaney, Scale.MelToHerzSlaney, melFilterCount, samplingRate, lowFreq, highFreq, overlap);

    /// <summary>
    /// librosa's <c>filters.mel(htk=False)</c>: triangles that are straight in hertz, and with <paramref name="normalizeGain"/>
    /// of unit area, <c>2 / (right - left)</c> at the peak.
    /// </summary>
    public static float[][] MelBankSlaney(
        int filterCount, int fftSize, int samplingRate, double lowFreq = 0, double highFreq = 0, bool normalizeGain = true)
    {
        var bands = MelBandsSlaney(filterCount, samplingRate, lowFreq, highFreq);
        var bank = Triangular(fftSize, samplingRate, bands);
        if (normalizeGain)
        {
            Normalize(filterCount, bands, bank);
        }

        return bank;
    }

    /// <summary>
    /// Triangles with a peak of 1 at the centre of each band, sampled at the spectral lines, on the scale that
    /// <paramref name="mapper"/> maps hertz to (hertz itself if there is none).
    /// </summary>
    public static float[][] Triangular(
        int fftSize, int samplingRate, (double, double, double)[] frequencies, Func<double, double>? mapper = null)
    {
        var onScale = mapper ?? (hertz => hertz);
        var lines = fftSize / 2 + 1;
        return Array.ConvertAll(frequencies, band =>
        {
            var (left, centre, right) = (onScale(band.Item1), onScale(band.Item2), onScale(band.Item3));
            var weights = new float[lines];
            for (var k = 0; k < lines; k++)
            {
                var at = onScale((double)k * samplingRate / fftSize);
                var rising = (at - left) / (centre - left);
                var falling = (right - at) / (right - centre);
                weights[k] = (float)Math.Max(0, Math.Min(rising, falling));
            }

            return weights;
        });
    }

    /// <summary>Scales each filter to unit area over hertz: by <c>2 / (right - left)</c>.</summary>
    public static void Normalize(int filterCount, (double, double, double)[] frequencies, float[][] filterBank)
    {
        for (var i = 0; i < filterCount; i++)
        {
            var (left, _, right) = frequencies[i];
            for (var k = 0; k < filterBank[i].Length; k++)
            {
                filterBank[i][k] *= (float)(2 / (right - left));
            }
        }
    }

    /// <summary>Weighs <paramref name="spectrum"/> by every filter: the energy of each band.</summary>
    public static void Apply(float[][] filterbank, float[] spectrum, float[] filtered)
    {
        for (var i = 0; i < filterbank.Length; i++)
        {
            filtered[i] = Weigh(filterbank[i], spectrum);
        }
    }

    /// <summary><see cref="Apply"/> and the natural logarithm, floored.</summary>
    public static void ApplyAndLog(float[][] filterbank, float[] spectrum, float[] filtered, float floor = float.Epsilon) =>
        ApplyAndMap(filterbank, spectrum, filtered, energy => (float)Math.Log(Math.Max(energy, floor)));

    /// <summary><see cref="Apply"/> and the decimal logarithm, floored.</summary>
    public static void ApplyAndLog10(float[][] filterbank, float[] spectrum, float[] filtered, float floor = float.Epsilon) =>
        ApplyAndMap(filterbank, spectrum, filtered, energy => (float)Math.Log10(Math.Max(energy, floor)));

    /// <summary><see cref="Apply"/> in decibels, floored: librosa's <c>power_to_db</c> without <c>top_db</c>.</summary>
    public static void ApplyAndToDecibel(float[][] filterbank, float[] spectrum, float[] filtered, float minLevel = 1e-10f) =>
        ApplyAndMap(filterbank, spectrum, filtered, energy => (float)(10 * Math.Log10(Math.Max(energy, minLevel))));

    /// <summary><see cref="Apply"/> to the given <paramref name="power"/>.</summary>
    public static void ApplyAndPow(float[][] filterbank, float[] spectrum, float[] filtered, double power = 1.0 / 3) =>
        ApplyAndMap(filterbank, spectrum, filtered, energy => (float)Math.Pow(energy, power));

    private static void ApplyAndMap(float[][] bank, float[] spectrum, float[] filtered, Func<float, float> map)
    {
        for (var i = 0; i < bank.Length; i++)
        {
            filtered[i] = map(Weigh(bank[i], spectrum));
        }
    }

    private static float Weigh(float[] weights, float[] spectrum)
    {
        var sum = 0f;
        for (var k = 0; k < weights.Length; k++)
        {
            sum += weights[k] * spectrum[k];
        }

        return sum;
    }

    private static (double, double, double)[] UniformBands(
        Func<double, double> toScale, Func<double, double> toHertz, int count, int samplingRate, double low, double high, bool overlap)
    {
        low = Math.Max(0, low);
        high = high <= low ? samplingRate / 2.0 : high;
        var start = toScale(low);
        var step = (toScale(high) - start) / (overlap ? count + 1 : count);
        double Edge(int i) => toHertz(start + i * step);

        var bands = new (double, double, double)[count];
        for (var i = 0; i < count; i++)
        {
            bands[i] = overlap
                ? (Edge(i), Edge(i + 1), Edge(i + 2))
                : (Edge(i), (Edge(i) + Edge(i + 1)) / 2, Edge(i + 1));
        }

        return bands;
    }
}
