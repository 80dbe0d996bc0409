using Emotion.Inference.Audio;

namespace Emotion.Training.Calibration;

/// <summary>How new packages estimate the noise of a window (docs/decisions/noise-temperature.md says what was measured).</summary>
public static class NoiseEstimate
{
    /// <summary>Rooms of recordings are louder, digital silence, dithered or through a codec, is not.</summary>
    private const double SilenceDecibels = -80;

    private const double LowPercentile = 10, HighPercentile = 95;

    /// <summary>Where temperatures and offsets are fitted; from the last one on sound counts as clean. Speech without a pause is heard there, too.</summary>
    public static readonly IReadOnlyList<double> KnotDecibels = [0, 5, 10, 15, 20];

    /// <summary>For listening alone: the estimate is made and changes nothing.</summary>
    public static NoiseSpec Untempered { get; } = With([new NoiseKnot { Decibels = KnotDecibels[^1], Temperature = 1 }]);

    public static NoiseSpec With(IReadOnlyList<NoiseKnot> knots) => new()
    {
        Revision = NoiseTemperature.Revision, SilenceDecibels = SilenceDecibels, LowPercentile = LowPercentile, HighPercentile = HighPercentile, Knots = knots,
    };
}
