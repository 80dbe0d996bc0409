using Emotion.Training.Calibration;

namespace Emotion.Training.Studies.Paired;

/// <summary>
/// One share of the correction, one temperature and one threshold of "uncertain", from answers to people whom nothing that answered had seen.
/// </summary>
internal sealed class CalibratedAnswers
{
    private readonly double _likelihood;

    /// <param name="posteriors">At temperature 1.</param>
    /// <param name="labels">True labels.</param>
    /// <param name="coverage">Share of these answers that is to lie at the threshold or above.</param>
    /// <param name="correctionShare">By which the posteriors were made.</param>
    public CalibratedAnswers(IReadOnlyList<float[]> posteriors, IReadOnlyList<int> labels, double coverage, double correctionShare = 1)
    {
        var temperature = TemperatureScaling.Fit(posteriors, labels);
        Fitted = [.. posteriors.Select(posterior => TemperatureScaling.Apply(posterior, temperature))];
        _likelihood = TemperatureScaling.NegativeLogLikelihood(posteriors, labels, temperature);
        float[] sure = [.. Fitted.Select(posterior => posterior.Max()).OrderDescending()];
        Fit = new PairedRowFit(temperature, sure[Math.Clamp((int)Math.Round(coverage * sure.Length) - 1, 0, sure.Length - 1)], correctionShare);
    }

    public PairedRowFit Fit { get; }

    /// <summary>The posteriors at the temperature that was fitted.</summary>
    public IReadOnlyList<float[]> Fitted { get; }

    /// <param name="shares">That are tried, in rising order.</param>
    /// <param name="answer">Posteriors at temperature 1 by a share.</param>
    /// <param name="labels">True labels.</param>
    /// <param name="coverage">Share of these answers that is to lie at the threshold or above.</param>
    /// <returns>Those of the share with the least negative log-likelihood at its own temperature; of equal ones the smallest.</returns>
    public static CalibratedAnswers Best(
        IReadOnlyList<double> shares, Func<double, IReadOnlyList<float[]>> answer, IReadOnlyList<int> labels, double coverage) =>
        shares.Select(share => new CalibratedAnswers(answer(share), labels, coverage, share)).MinBy(one => one._likelihood)!;

    public float[] Apply(float[] posterior) => TemperatureScaling.Apply(posterior, Fit.Temperature);
}
