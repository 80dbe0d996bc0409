using Emotion.Features.Mfcc;
using NWaves.FeatureExtractors;
using NWaves.FeatureExtractors.Options;
using NWaves.Filters.Fda;
using NWaves.Windows;

namespace Emotion.Features.Tests;

/// <summary>Where docs/decisions/mfcc-front-end.md says that ours and NWaves' extractor are the same, they are.</summary>
public class MfccAgainstNWavesTests
{
    [Fact]
    public void Compute_WithoutPreEmphasis_EqualsNWavesOnTheSameBank()
    {
        var spec = Specs.Mfcc with { PreEmphasis = 0 };
        var pcm = MfccFrontEndTests.Noise(21, 6400, 3000);
        var samples = Array.ConvertAll(pcm, s => s / 32768f);
        var frontEnd = new MfccFrontEnd(spec);
        var levels = new float[frontEnd.FrameCount(pcm.Length)];
        var ours = new float[levels.Length * spec.Coefficients];
        frontEnd.Compute(pcm, ours, levels);

        // NWaves' Hann window is symmetric: of 401 samples it is our periodic one of 400 and a zero.
        var window = Window.Hann(spec.FrameLength + 1);
        var energy = window.Sum(w => (double)w * w);
        var bank = FilterBanks.MelBankSlaney(spec.MelBands, spec.FftSize, spec.SampleRate, spec.LowHertz, spec.HighHertz);
        var extractor = new MfccExtractor(new MfccOptions
        {
            SamplingRate = spec.SampleRate,
            FeatureCount = spec.Coefficients,
            FrameSize = spec.FrameLength + 1,
            HopSize = spec.HopLength,
            FftSize = spec.FftSize,
            Window = WindowType.Hann,
            FilterBank = Array.ConvertAll(bank, weights => Array.ConvertAll(weights, w => (float)(w / weights.Sum() / energy))),
            SpectrumType = SpectrumType.Power,
            NonLinearity = NonLinearityType.ToDecibel,
            LogFloor = (float)spec.PowerFloor,
        });
        var theirs = extractor.ComputeFrom(samples);

        Assert.InRange(theirs.Count, levels.Length - 1, levels.Length);
        for (var t = 0; t < theirs.Count; t++)
        {
            Assert.All(theirs[t], (c, i) => Assert.Equal(c, ours[t * spec.Coefficients + i], 0.01));
        }
    }
}
