namespace Emotion.Training.Evaluation;

/// <summary>An answer to one example, and what the example belongs to.</summary>
/// <param name="Group">Examples of one group are alike, and are resampled together: recordings of an actor, lines of a dialogue.</param>
/// <param name="Label">True label.</param>
/// <param name="Posterior"><c>[8]</c>, adds up to 1.</param>
public record GroupedAnswer(int Group, int Label, float[] Posterior)
{
    /// <summary>The label as it is said, where the answer says any: the most probable.</summary>
    public int Prediction { get; } = Scores.Prediction(Posterior, null);

    /// <summary>Posterior of the prediction.</summary>
    public float Confidence => Posterior[Prediction];
}
