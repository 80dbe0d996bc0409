using NWaves.Filters.Fda;
using NWaves.Utils;

namespace Emotion.Compat.NWaves.Tests;

public class FilterBanksTests
{
    [Fact]
    public void MelBankSlaney_Defaults_AreLibrosaMel()
    {
        // librosa.filters.mel(sr=22050, n_fft=2048), as the documentation of the crate mel_filter prints it.
        var bank = FilterBanks.MelBankSlaney(128, 2048, 22050);
        Assert.Equal(128, bank.Length);
        Assert.Equal(1025, bank[0].Length);
        float[] first = [0, 0.016182853f, 0.032365706f, 0.028990088f, 0.012807235f, 0];
        float[] second = [0, 0, 0, 0.009779236f, 0.02596209f, 0.035393705f, 0.019210852f, 0.003028f, 0];
        Assert.All(first, (weight, k) => Assert.Equal(weight, bank[0][k], 1e-6));
        Assert.All(second, (weight, k) => Assert.Equal(weight, bank[1][k], 1e-6));
    }

    [Theory]
    [InlineData(60, 0.9)]
    [InlineData(110, 1.65)]
    [InlineData(440, 6.6)]
    [InlineData(1000, 15)]
    [InlineData(6400, 42)]
    public void HerzToMelSlaney_KnownPoints_AreLibrosaHzToMel(double hertz, double mel)
    {
        Assert.Equal(mel, Scale.HerzToMelSlaney(hertz), 1e-9);
        Assert.Equal(hertz, Scale.MelToHerzSlaney(mel), 1e-9);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(700)]
    [InlineData(8000)]
    public void HerzToMel_IsTheScaleOfHtk(double hertz)
    {
        Assert.Equal(2595 * Math.Log10(1 + hertz / 700), Scale.HerzToMel(hertz), 0.05);
        Assert.Equal(hertz, Scale.MelToHerz(Scale.HerzToMel(hertz)), 1e-6);
    }

    [Fact]
    public void MelBands_Overlapping_MeetInTheCentres()
    {
        var bands = FilterBanks.MelBands(20, 16000, 100, 7000);
        Assert.Equal(100, bands[0].Item1, 1e-9);
        Assert.Equal(7000, bands[^1].Item3, 1e-6);
        Assert.All(bands.Zip(bands.Skip(1)), pair => Assert.Equal(
            (pair.First.Item2, pair.First.Item3), (pair.Second.Item1, pair.Second.Item2)));
    }

    [Fact]
    public void MelBands_NotOverlapping_MeetInTheEdges()
    {
        var bands = FilterBanks.MelBands(20, 16000, overlap: false);
        Assert.Equal(8000, bands[^1].Item3, 1e-6);
        Assert.All(bands.Zip(bands.Skip(1)), pair => Assert.Equal(pair.First.Item3, pair.Second.Item1, 1e-9));
    }

    [Fact]
    public void ApplyAndMap_AnyNonlinearity_IsTheMapOfApply()
    {
        float[][] bank = [[1, 0.5f, 0], [0, 0.5f, 1]];
        float[] spectrum = [2, 4, 0];
        var (plain, log, log10, decibel, root) = (new float[2], new float[2], new float[2], new float[2], new float[2]);
        FilterBanks.Apply(bank, spectrum, plain);
        FilterBanks.ApplyAndLog(bank, spectrum, log, 3);
        FilterBanks.ApplyAndLog10(bank, spectrum, log10, 3);
        FilterBanks.ApplyAndToDecibel(bank, spectrum, decibel, 3);
        FilterBanks.ApplyAndPow(bank, spectrum, root);
        Assert.Equal([4, 2], plain);
        Assert.Equal([(float)Math.Log(4), (float)Math.Log(3)], log);
        Assert.Equal([(float)Math.Log10(4), (float)Math.Log10(3)], log10);
        Assert.Equal([(float)(10 * Math.Log10(4)), (float)(10 * Math.Log10(3))], decibel);
        Assert.Equal([(float)Math.Cbrt(4), (float)Math.Cbrt(2)], root);
    }
}
