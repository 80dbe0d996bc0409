using Emotion.Training.Evaluation;

namespace Emotion.Training.Calibration;

/// <summary>Below which posterior of its prediction an answer is called uncertain.</summary>
public static class UncertaintyThreshold
{
    /// <summary>
    /// The threshold that tells hits from misses best on the validation part: most of (share of misses below) - (share of hits below), Youden's J.
    /// </summary>
    public static float Choose(IReadOnlyList<float[]> posteriors, IReadOnlyList<int> labels)
    {
        var answers = posteriors.Select((posterior, i) => (Sure: posterior.Max(), Hit: Scores.Prediction(posterior, null) == labels[i]))
            .OrderBy(answer => answer.Sure).ToList();
        var (hits, misses) = (Math.Max(1, answers.Count(answer => answer.Hit)), Math.Max(1, answers.Count(answer => !answer.Hit)));
        var (best, threshold, j) = (0.0, 0f, 0.0);
        for (var i = 0; i + 1 < answers.Count; i++)
        {
            j += answers[i].Hit ? -1.0 / hits : 1.0 / misses;
            if (j > best)
            {
                (best, threshold) = (j, (answers[i].Sure + answers[i + 1].Sure) / 2);
            }
        }

        return MathF.Round(threshold, 3);
    }
}
