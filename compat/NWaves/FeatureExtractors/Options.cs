using NWaves.Windows;

namespace NWaves.FeatureExtractors.Options;

/// <summary>What follows the filter bank.</summary>
public enum NonLinearityType
{
    LogE,
    Log10,
    ToDecibel,
    CubicRoot,
    None,
}

/// <summary>What the filter bank weighs; normalized: divided by the size of the FFT.</summary>
public enum SpectrumType
{
    Magnitude,
    Power,
    MagnitudeNormalized,
    PowerNormalized,
}

public class FeatureExtractorOptions
{
    public int FeatureCount { get; set; }
    public int SamplingRate { get; set; }

    /// <summary>In seconds; <see cref="FrameSize"/> in samples comes before it.</summary>
    public double FrameDuration { get; set; } = 0.025;

    /// <summary>In seconds; <see cref="HopSize"/> in samples comes before it.</summary>
    public double HopDuration { get; set; } = 0.01;
    public int FrameSize { get; set; }
    public int HopSize { get; set; }
    public double PreEmphasis { get; set; }
    public WindowType Window { get; set; } = WindowType.Rectangular;

    public virtual List<string> Errors
    {
        get
        {
            var errors = new List<string>();
            Expect(SamplingRate > 0, "Positive sampling rate must be specified", errors);
            Expect(FrameDuration > 0 || FrameSize > 0, "Positive frame duration or frame size must be specified", errors);
            Expect(HopDuration > 0 || HopSize > 0, "Positive hop duration or hop size must be specified", errors);
            return errors;
        }
    }

    private protected static void Expect(bool holds, string error, List<string> errors)
    {
        if (!holds)
        {
            errors.Add(error);
        }
    }
}

public class FilterbankOptions : FeatureExtractorOptions
{
    public FilterbankOptions() => Window = WindowType.Hamming;

    /// <summary>The bank itself, <c>[filters][FftSize / 2 + 1]</c>; without it mel bands are laid.</summary>
    public float[][]? FilterBank { get; set; }
    public int FilterBankSize { get; set; } = 12;
    public double LowFrequency { get; set; }

    /// <summary>0: half the sampling rate.</summary>
    public double HighFrequency { get; set; }

    /// <summary>0, or less than a frame: the next power of two.</summary>
    public int FftSize { get; set; }
    public NonLinearityType NonLinearity { get; set; } = NonLinearityType.None;
    public SpectrumType SpectrumType { get; set; } = SpectrumType.Power;
    public float LogFloor { get; set; } = float.Epsilon;

    public override List<string> Errors
    {
        get
        {
            var errors = base.Errors;
            Expect(FilterBank is not null || FilterBankSize > 0, "Positive number of filters must be specified", errors);
            return errors;
        }
    }
}

public class MfccOptions : FilterbankOptions
{
    public MfccOptions()
    {
        FilterBankSize = 24;
        NonLinearity = NonLinearityType.Log10;
        Window = WindowType.Hamming;
    }

    /// <summary>0: no liftering.</summary>
    public int LifterSize { get; set; }

    /// <summary>"2" or "2N": the DCT-II, plain or orthonormal. NWaves' types 1, 3 and 4 are not here.</summary>
    public string DctType { get; set; } = "2N";

    /// <summary>Whether the first coefficient is replaced by the logarithm of the energy of the windowed frame.</summary>
    public bool IncludeEnergy { get; set; }
    public float LogEnergyFloor { get; set; } = float.Epsilon;

    public override List<string> Errors
    {
        get
        {
            var errors = base.Errors;
            Expect(FeatureCount > 0, "Positive number of MFCC coefficients must be specified", errors);
            Expect((FilterBank?.Length ?? FilterBankSize) >= FeatureCount,
                "Number of coefficients must not exceed number of filters", errors);
            Expect(DctType is "2" or "2N" or "2n", "Supported DCT formats here: 2, 2N", errors);
            return errors;
        }
    }
}
