using Emotion.Gateway.Canary;

namespace Emotion.Gateway.Tests;

/// <summary>Against values that can be counted, or looked up.</summary>
public sealed class TailProbabilitiesTests
{
    [Theory]
    [InlineData(3, 4, 4, 8, 17.0 / 70)] // The lady who tastes tea.
    [InlineData(4, 4, 4, 8, 1.0 / 70)]
    [InlineData(0, 4, 4, 8, 1)]
    [InlineData(5, 4, 4, 8, 0)]
    [InlineData(3, 4, 7, 8, 1)] // One alone is unmarked.
    public void Hypergeometric_SmallCounts_AreCounted(int seen, int drawn, int marked, int all, double expected) =>
        Assert.Equal(expected, TailProbabilities.Hypergeometric(seen, drawn, marked, all), 1e-12);

    [Theory]
    [InlineData(9, 10, 0.5, 11.0 / 1024)]
    [InlineData(0, 10, 0.5, 1)]
    [InlineData(11, 10, 0.5, 0)]
    [InlineData(10, 10, 1.0, 1)]
    public void Binomial_SmallCounts_AreCounted(int seen, int tries, double probability, double expected) =>
        Assert.Equal(expected, TailProbabilities.Binomial(seen, tries, probability), 1e-12);

    [Theory]
    [InlineData(1, 3, 0.049787068)] // Exponential.
    [InlineData(0.5, 1.9207294, 0.05)] // Chi square of 1 degree at 3.841459.
    [InlineData(4, 13.0622, 0.001)] // Chi square of 8 degrees at 26.1245.
    public void Gamma_KnownQuantiles_AreMet(double shape, double value, double expected)
    {
        Assert.Equal(expected, TailProbabilities.Gamma(shape, value), 1e-6);
        Assert.Equal(value, TailProbabilities.GammaThreshold(shape, expected), 1e-3);
    }
}
