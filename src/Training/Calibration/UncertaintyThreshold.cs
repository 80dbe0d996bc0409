using Emotion.Training.Evaluation;

namespace Emotion.Training.Calibration;

/// <summary>Below which posterior of its prediction an answer is called uncertain.</summary>
public static class UncertaintyThreshold
{
    /// <summary>
    /// The highest threshold below which answers of the validation part were wrong at least as often as right: what is called uncertain
    /// is no better than a coin. 0 if there is none.
    /// </summary>
    public static float Choose(IReadOnlyList<float[]> posteriors, IReadOnlyList<int> labels)
    {
        var answers = posteriors.Select((posterior, i) => (Sure: posterior.Max(), Hit: Scores.Prediction(posterior, null) == labels[i]))
            .OrderBy(answer => answer.Sure).ToList();
        var (balance, threshold) = (0, 0f);
        for (var i = 0; i + 1 < answers.Count; i++)
        {
            balance += answers[i].Hit ? 1 : -1;
            if (balance <= 0)
            {
                threshold = (answers[i].Sure + answers[i + 1].Sure) / 2;
            }
        }

        return MathF.Round(threshold, 3);
    }
}
