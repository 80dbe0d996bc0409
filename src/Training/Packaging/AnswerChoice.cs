using System.Text.Json.Nodes;
using Emotion.Inference.Video;
using Emotion.Training.Calibration;
using Emotion.Training.Evaluation;

namespace Emotion.Training.Packaging;

/// <summary>
/// Who answers for a window, the sequence network or the mean of its frames: each gets the temperature that fits it best, then the one with the
/// smaller negative log-likelihood is the package's. No test part has a say.
/// </summary>
/// <param name="Network">Of the sequence network.</param>
/// <param name="Mean">Of the mean of the frames' posteriors.</param>
public sealed record AnswerChoice(AnswerFit Network, AnswerFit Mean)
{
    private const string Rule =
        "the smaller NLL after calibration: the mean of that of sequences composed of FER2013's calibration part and that of real sequences of "
        + "validation subjects";

    /// <summary>As the manifest's spec spells it; the simpler one where neither is better.</summary>
    public string Chosen => Network.Nll < Mean.Nll ? SequenceSpec.Network : SequenceSpec.Mean;

    public override string ToString() => $"sequence network {Network}, mean {Mean}: '{Chosen}' answers";

    public JsonObject ToJson() => new()
    {
        ["chosen"] = Chosen,
        ["rule"] = Rule,
        [SequenceSpec.Network] = Network.ToJson(),
        [SequenceSpec.Mean] = Mean.ToJson(),
    };
}

/// <summary>One way to answer: its temperature, and what it is worth with it on what that was fitted on.</summary>
public sealed record AnswerFit(double Temperature, Judged Composed, Judged Real)
{
    /// <summary>Composed and real sequences count the same, however many there are.</summary>
    public double Nll => (Composed.Scores.Nll + Real.Scores.Nll) / 2;

    /// <param name="composed">Not calibrated yet.</param>
    /// <param name="real">Not calibrated yet.</param>
    public static AnswerFit Of(Judged composed, Judged real)
    {
        var temperature = TemperatureScaling.Fit([.. composed.Posteriors, .. real.Posteriors], [.. composed.Labels, .. real.Labels]);
        Judged Calibrated(Judged judged) =>
            new(judged.Set, judged.Labels, [.. judged.Posteriors.Select(posterior => TemperatureScaling.Apply(posterior, temperature))], judged.Covered)
            {
                Subjects = judged.Subjects,
            };
        return new AnswerFit(temperature, Calibrated(composed), Calibrated(real));
    }

    public override string ToString() => FormattableString.Invariant($"temperature {Temperature:F3}, NLL {Nll:F4}");

    public JsonObject ToJson() => new()
    {
        ["temperature"] = Math.Round(Temperature, 4), ["nll"] = Math.Round(Nll, 5), ["composed"] = Composed.ToJson(), ["real"] = Real.ToJson(),
    };
}
