namespace Emotion.Features.Mfcc;

/// <summary>
/// Everything that the numbers of <see cref="MfccFrontEnd"/> depend on. Written by the recipe, kept in the manifest of the
/// audio model, and without default values, so that a model can only be served with the numbers it was trained with.
/// Decibels are relative to full scale: white noise of variance 1 has 0 dB in every band.
/// </summary>
public sealed record MfccSpec
{
    /// <summary>The algorithm of <see cref="MfccFrontEnd"/> that this spec was written for.</summary>
    public required int Revision { get; init; }
    public required int SampleRate { get; init; }

    /// <summary>Samples in an analysis frame, and from one to the next.</summary>
    public required int FrameLength { get; init; }
    public required int HopLength { get; init; }

    /// <summary>Length that an analysis frame is filled up to with zeros: a power of two.</summary>
    public required int FftSize { get; init; }

    /// <summary>a in <c>y[n] = x[n] - a x[n-1]</c> within an analysis frame; 0 for none.</summary>
    public required double PreEmphasis { get; init; }

    /// <summary>Triangles, uniform on Slaney's mel scale from low to high.</summary>
    public required int MelBands { get; init; }
    public required double LowHertz { get; init; }
    public required double HighHertz { get; init; }

    /// <summary>Powers below it count as it. Absolute, so that a stream gives what the whole clip gives.</summary>
    public required double PowerFloor { get; init; }
    public required int Coefficients { get; init; }

    /// <summary>Per coefficient, over the windows of the training part: features are <c>(c - mean) / deviation</c>.</summary>
    public required IReadOnlyList<float> Mean { get; init; }
    public required IReadOnlyList<float> Deviation { get; init; }

    /// <summary>Analysis frames in the features of a window.</summary>
    public required int Frames { get; init; }

    /// <summary>
    /// An analysis frame is speech if its level is at least <see cref="SpeechFloorDecibels"/> and at most
    /// <see cref="SpeechRangeDecibels"/> below the loudest of its window. What lies more than
    /// <see cref="SpeechMarginFrames"/> before the first or behind the last such frame is trimmed.
    /// </summary>
    public required double SpeechFloorDecibels { get; init; }
    public required double SpeechRangeDecibels { get; init; }
    public required int SpeechMarginFrames { get; init; }

    /// <summary>With fewer speech frames than this a window abstains.</summary>
    public required int MinimumSpeechFrames { get; init; }

    /// <summary>The same spec with mean 0 and deviation 1: what the statistics of a corpus are gathered with.</summary>
    public MfccSpec WithoutNormalisation() => this with
    {
        Mean = new float[Coefficients],
        Deviation = [.. Enumerable.Repeat(1f, Coefficients)],
    };

    /// <exception cref="ArgumentException">The spec is of another revision, or contradicts itself.</exception>
    public MfccSpec Validated()
    {
        Require(Revision == MfccFrontEnd.Revision, $"revision is {MfccFrontEnd.Revision}, not {Revision}");
        Require(SampleRate > 0 && HopLength > 0 && FrameLength > 1, "sample rate, frame and hop are positive");
        Require(FftSize >= 4 && int.IsPow2(FftSize) && FftSize >= FrameLength, "fftSize is a power of two not below frameLength");
        Require(PreEmphasis is >= 0 and < 1, "preEmphasis is in [0, 1)");
        Require(LowHertz >= 0 && LowHertz < HighHertz && HighHertz <= SampleRate / 2.0, "0 <= lowHertz < highHertz <= sampleRate / 2");
        Require(Coefficients > 0 && Coefficients <= MelBands, "0 < coefficients <= melBands");
        Require(PowerFloor > 0 && double.IsFinite(PowerFloor), "powerFloor is positive");
        Require(Mean.Count == Coefficients && Deviation.Count == Coefficients, "mean and deviation have a number per coefficient");
        Require(Mean.All(float.IsFinite) && Deviation.All(d => d > 0 && float.IsFinite(d)), "means are finite, deviations positive");
        Require(Frames > 0 && SpeechMarginFrames >= 0 && MinimumSpeechFrames > 0, "frames, margin and minimum speech are counts");
        Require(SpeechRangeDecibels > 0 && double.IsFinite(SpeechFloorDecibels), "the speech range is positive, its floor finite");
        return this;
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new ArgumentException($"This MFCC spec cannot be used; it must hold that {what}.");
        }
    }
}
