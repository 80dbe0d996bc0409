using NWaves.FeatureExtractors.Base;
using NWaves.FeatureExtractors.Options;
using NWaves.Filters.Fda;
using NWaves.Transforms;
using NWaves.Windows;

namespace NWaves.FeatureExtractors;

/// <summary>
/// Mel-frequency cepstral coefficients: window, spectrum, filter bank, logarithm, DCT-II, liftering, each as
/// <see cref="MfccOptions"/> says.
/// </summary>
public class MfccExtractor : FeatureExtractor
{
    private readonly MfccOptions _options;
    private readonly RealFft _fft;
    private readonly float[][] _dct;
    private readonly float[]? _lifter;
    private readonly float[] _spectrum;
    private readonly float[] _bands;

    public MfccExtractor(MfccOptions options) : base(options)
    {
        _options = options;
        BlockSize = options.FftSize > FrameSize ? options.FftSize : (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)FrameSize);
        FilterBank = options.FilterBank ?? FilterBanks.Triangular(
            BlockSize,
            SamplingRate,
            FilterBanks.MelBands(options.FilterBankSize, SamplingRate, options.LowFrequency, options.HighFrequency),
            mapper: Utils.Scale.HerzToMel);
        _fft = new RealFft(BlockSize);
        _dct = Dct2(FilterBank.Length, FeatureCount, orthonormal: options.DctType.Length == 2);
        _lifter = options.LifterSize > 0 ? Window.Liftering(FeatureCount, options.LifterSize) : null;
        _spectrum = new float[BlockSize / 2 + 1];
        _bands = new float[FilterBank.Length];
    }

    /// <summary><c>[filters][FFT size / 2 + 1]</c></summary>
    public float[][] FilterBank { get; }

    public override List<string> FeatureDescriptions =>
        [.. Enumerable.Range(0, FeatureCount).Select(i => i == 0 && _options.IncludeEnergy ? "log_En" : "mfcc" + i)];

    public override void ProcessFrame(float[] block, float[] features)
    {
        switch (_options.SpectrumType)
        {
            case SpectrumType.Magnitude: _fft.MagnitudeSpectrum(block, _spectrum, normalize: false); break;
            case SpectrumType.MagnitudeNormalized: _fft.MagnitudeSpectrum(block, _spectrum, normalize: true); break;
            case SpectrumType.PowerNormalized: _fft.PowerSpectrum(block, _spectrum, normalize: true); break;
            default: _fft.PowerSpectrum(block, _spectrum, normalize: false); break;
        }

        switch (_options.NonLinearity)
        {
            case NonLinearityType.LogE: FilterBanks.ApplyAndLog(FilterBank, _spectrum, _bands, _options.LogFloor); break;
            case NonLinearityType.Log10: FilterBanks.ApplyAndLog10(FilterBank, _spectrum, _bands, _options.LogFloor); break;
            case NonLinearityType.ToDecibel: FilterBanks.ApplyAndToDecibel(FilterBank, _spectrum, _bands, _options.LogFloor); break;
            case NonLinearityType.CubicRoot: FilterBanks.ApplyAndPow(FilterBank, _spectrum, _bands, 1.0 / 3); break;
            default: FilterBanks.Apply(FilterBank, _spectrum, _bands); break;
        }

        for (var i = 0; i < FeatureCount; i++)
        {
            var sum = 0f;
            for (var m = 0; m < _bands.Length; m++)
            {
                sum += _dct[i][m] * _bands[m];
            }

            features[i] = _lifter is null ? sum : sum * _lifter[i];
        }

        if (_options.IncludeEnergy)
        {
            features[0] = (float)Math.Log(Math.Max(block.Sum(x => x * x), _options.LogEnergyFloor));
        }
    }

    // X[i] = 2 sum of x[m] cos(pi i (m + 0.5) / M); orthonormal: sqrt(1 / M) for i = 0, else sqrt(2 / M), instead of 2.
    private static float[][] Dct2(int bands, int coefficients, bool orthonormal)
    {
        var matrix = new float[coefficients][];
        for (var i = 0; i < coefficients; i++)
        {
            var scale = !orthonormal ? 2 : Math.Sqrt((i == 0 ? 1.0 : 2.0) / bands);
            matrix[i] = [.. Enumerable.Range(0, bands).Select(m => (float)(scale * Math.Cos(Math.PI * i * (m + 0.5) / bands)))];
        }

        return matrix;
    }
}
