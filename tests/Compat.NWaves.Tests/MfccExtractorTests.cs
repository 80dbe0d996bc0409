using NWaves.FeatureExtractors;
using NWaves.FeatureExtractors.Options;
using NWaves.Filters.Fda;
using NWaves.Windows;

namespace Emotion.Compat.NWaves.Tests;

public class MfccExtractorTests
{
    private static readonly float[] Signal = Noise(2000);

    [Fact]
    public void ComputeFrom_Defaults_IsTheFormulaStepByStep()
    {
        var options = Options();
        var extractor = new MfccExtractor(options);
        var vectors = extractor.ComputeFrom(Signal);

        Assert.Equal((2000 - 400) / 160 + 1, vectors.Count);
        Assert.Equal(512, (extractor.FilterBank[0].Length - 1) * 2);
        for (var t = 0; t < vectors.Count; t++)
        {
            Assert.All(Formula(Signal[(t * 160)..(t * 160 + 400)], extractor.FilterBank, 13), (c, i) => Assert.Equal(c, vectors[t][i], 1e-3));
        }
    }

    [Fact]
    public void ComputeFrom_Part_IsThatPartOfTheWhole()
    {
        var extractor = new MfccExtractor(Options());
        Assert.Equal(extractor.ComputeFrom(Signal)[2], extractor.ComputeFrom(Signal, 320, 1000)[0]);
        Assert.Empty(extractor.ComputeFrom(Signal, 0, 399));
    }

    [Fact]
    public void ComputeFrom_PreEmphasis_IsThatOfTheWholeSignal()
    {
        var emphasised = Signal.Select((x, n) => x - 0.97f * (n == 0 ? 0 : Signal[n - 1])).ToArray();
        var options = Options();
        var expected = new MfccExtractor(Options()).ComputeFrom(emphasised);
        options.PreEmphasis = 0.97;
        var vectors = new MfccExtractor(options).ComputeFrom(Signal);
        for (var t = 0; t < expected.Count; t++)
        {
            Assert.All(expected[t], (c, i) => Assert.Equal(c, vectors[t][i], 1e-4));
        }
    }

    [Fact]
    public void ComputeFrom_Liftering_WeighsTheCoefficients()
    {
        var options = Options();
        var plain = new MfccExtractor(Options()).ComputeFrom(Signal)[0];
        options.LifterSize = 22;
        var liftered = new MfccExtractor(options).ComputeFrom(Signal)[0];
        Assert.All(plain, (c, i) => Assert.Equal(c * (1 + 11 * Math.Sin(Math.PI * i / 22)), liftered[i], 1e-3));
    }

    [Fact]
    public void ComputeFrom_IncludeEnergy_PutsItsLogarithmFirst()
    {
        var options = Options();
        options.IncludeEnergy = true;
        options.Window = WindowType.Rectangular;
        var extractor = new MfccExtractor(options);
        Assert.Equal("log_En", extractor.FeatureDescriptions[0]);
        Assert.Equal(Math.Log(Signal[..400].Sum(x => x * x)), extractor.ComputeFrom(Signal)[0][0], 1e-4);
    }

    [Fact]
    public void ComputeFrom_PlainDct_IsTheOrthonormalOneWithoutItsScale()
    {
        var options = Options();
        var orthonormal = new MfccExtractor(Options()).ComputeFrom(Signal)[0];
        options.DctType = "2";
        var plain = new MfccExtractor(options).ComputeFrom(Signal)[0];
        Assert.Equal(orthonormal[0] * 2 * Math.Sqrt(24), plain[0], 1e-2);
        Assert.Equal(orthonormal[5] * 2 * Math.Sqrt(12), plain[5], 1e-2);
    }

    [Fact]
    public void Windows_AreSymmetricAndPeakInTheMiddle()
    {
        Assert.Equal(0, Window.Hann(401)[0], 1e-7);
        Assert.Equal(1, Window.Hann(401)[200], 1e-7);
        Assert.Equal(0.08, Window.OfType(WindowType.Hamming, 401)[400], 1e-6);
    }

    [Fact]
    public void Constructor_InvalidOptions_ThrowsAndNamesThem()
    {
        var options = Options();
        options.SamplingRate = 0;
        options.FeatureCount = 99;
        options.DctType = "5";
        var message = Assert.Throws<ArgumentException>(() => new MfccExtractor(options)).Message;
        Assert.Contains("sampling rate", message, StringComparison.Ordinal);
        Assert.Contains("Number of coefficients", message, StringComparison.Ordinal);
        Assert.Contains("DCT", message, StringComparison.Ordinal);
    }

    private static MfccOptions Options() => new() { SamplingRate = 16000, FeatureCount = 13 };

    // Hamming window, power spectrum by definition, bank, log10, orthonormal DCT-II: NWaves' defaults.
    private static double[] Formula(float[] frame, float[][] bank, int count)
    {
        var power = new double[257];
        for (var k = 0; k < power.Length; k++)
        {
            var (re, im) = (0.0, 0.0);
            for (var n = 0; n < frame.Length; n++)
            {
                var windowed = frame[n] * (0.54 - 0.46 * Math.Cos(2 * Math.PI * n / (frame.Length - 1)));
                re += windowed * Math.Cos(2 * Math.PI * k * n / 512);
                im -= windowed * Math.Sin(2 * Math.PI * k * n / 512);
            }

            power[k] = re * re + im * im;
        }

        var log = Array.ConvertAll(bank, weights => Math.Log10(weights.Zip(power, (w, p) => w * p).Sum()));
        return [.. Enumerable.Range(0, count).Select(i => Math.Sqrt((i == 0 ? 1.0 : 2.0) / log.Length)
            * log.Select((value, m) => value * Math.Cos(Math.PI * i * (m + 0.5) / log.Length)).Sum())];
    }

    private static float[] Noise(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
    }
}
