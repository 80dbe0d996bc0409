namespace Emotion.Inference.Fusion;

/// <summary>
/// Modalities disagree if two of them find different labels the most probable, of those that both can tell; one that a model cannot tell has
/// probability 0. A face that knows no calm does not contradict a calm voice whose next guess is the face's own.
/// </summary>
public static class Disagreement
{
    /// <param name="posteriors">Of the modalities that are there, each <c>[8]</c>.</param>
    public static bool IsAmong(IReadOnlyList<ReadOnlyMemory<float>> posteriors)
    {
        for (var one = 0; one < posteriors.Count; one++)
        {
            for (var other = 0; other < one; other++)
            {
                if (Disagree(posteriors[one].Span, posteriors[other].Span))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool Disagree(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
    {
        var (ofOne, ofOther) = (-1, -1);
        for (var label = 0; label < one.Length; label++)
        {
            if (one[label] > 0 && other[label] > 0)
            {
                ofOne = ofOne < 0 || one[label] > one[ofOne] ? label : ofOne;
                ofOther = ofOther < 0 || other[label] > other[ofOther] ? label : ofOther;
            }
        }

        return ofOne != ofOther;
    }
}
