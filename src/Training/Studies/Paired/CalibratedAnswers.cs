using Emotion.Training.Calibration;

namespace Emotion.Training.Studies.Paired;

/// <summary>
/// One temperature and one threshold of "uncertain", from answers to people whom nothing that answered had seen.
/// </summary>
internal sealed class CalibratedAnswers
{
    /// <param name="posteriors">At temperature 1.</param>
    /// <param name="labels">True labels.</param>
    /// <param name="coverage">Share of these answers that is to lie at the threshold or above.</param>
    public CalibratedAnswers(IReadOnlyList<float[]> posteriors, IReadOnlyList<int> labels, double coverage)
    {
        var temperature = TemperatureScaling.Fit(posteriors, labels);
        float[] sure = [.. posteriors.Select(posterior => TemperatureScaling.Apply(posterior, temperature).Max()).OrderDescending()];
        Fit = new PairedRowFit(temperature, sure[Math.Clamp((int)Math.Round(coverage * sure.Length) - 1, 0, sure.Length - 1)]);
    }

    public PairedRowFit Fit { get; }

    public float[] Apply(float[] posterior) => TemperatureScaling.Apply(posterior, Fit.Temperature);
}
