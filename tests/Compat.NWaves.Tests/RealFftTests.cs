using NWaves.Transforms;

namespace Emotion.Compat.NWaves.Tests;

public class RealFftTests
{
    [Fact]
    public void Direct_Ramp_HasTheSpectrumThatNWavesTestsFor()
    {
        var (re, im) = (new float[9], new float[9]);
        new RealFft(16).Direct([.. Enumerable.Range(0, 16).Select(n => (float)n)], re, im);
        AssertClose([120, -8, -8, -8, -8, -8, -8, -8, -8], re, 1e-4);
        AssertClose([0, 40.21872f, 19.31371f, 11.97285f, 8, 5.34543f, 3.31371f, 1.591299f, 0], im, 1e-4);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(64)]
    [InlineData(512)]
    public void Direct_AnySize_AgreesWithTheDefinition(int size)
    {
        var signal = Noise(size);
        var (re, im) = (new float[size / 2 + 1], new float[size / 2 + 1]);
        new RealFft(size).Direct(signal, re, im);
        for (var k = 0; k <= size / 2; k++)
        {
            var (expectedRe, expectedIm) = (0.0, 0.0);
            for (var n = 0; n < size; n++)
            {
                expectedRe += signal[n] * Math.Cos(2 * Math.PI * k * n / size);
                expectedIm -= signal[n] * Math.Sin(2 * Math.PI * k * n / size);
            }

            Assert.Equal(expectedRe, re[k], 1e-4);
            Assert.Equal(expectedIm, im[k], 1e-4);
        }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(256)]
    public void Inverse_OfDirect_IsTheSignalTimesHalfItsSizeAndInverseNormTheSignal(int size)
    {
        var signal = Noise(size);
        var fft = new RealFft(size);
        var (re, im) = (new float[size / 2 + 1], new float[size / 2 + 1]);
        var (plain, scaled) = (new float[size], new float[size]);
        fft.Direct(signal, re, im);
        fft.Inverse(re, im, plain);
        fft.InverseNorm(re, im, scaled);
        AssertClose([.. signal.Select(s => s * size / 2)], plain, 1e-3);
        AssertClose(signal, scaled, 1e-5);
    }

    [Fact]
    public void Spectra_NormalizedOrNot_AreThoseOfTheLines()
    {
        var signal = Noise(32);
        var fft = new RealFft(32);
        var (re, im, power, normalized, magnitude) = (new float[17], new float[17], new float[17], new float[17], new float[17]);
        fft.Direct(signal, re, im);
        fft.PowerSpectrum(signal, power, normalize: false);
        fft.PowerSpectrum(signal, normalized);
        fft.MagnitudeSpectrum(signal, magnitude);
        for (var k = 0; k <= 16; k++)
        {
            Assert.Equal(re[k] * re[k] + im[k] * im[k], power[k], 1e-5);
            Assert.Equal(power[k] / 32, normalized[k], 1e-6);
            Assert.Equal(Math.Sqrt(power[k]), magnitude[k], 1e-5);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(12)]
    public void Constructor_SizeNoPowerOfTwo_Throws(int size) => Assert.Throws<ArgumentException>(() => new RealFft(size));

    private static float[] Noise(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
    }

    private static void AssertClose(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], tolerance);
        }
    }
}
