namespace Emotion.Training.Loop;

/// <summary>Labels as probabilities.</summary>
public static class Targets
{
    /// <summary>
    /// The label with 1 - smoothing, and smoothing spread evenly over the covered labels: Szegedy et al. 2016, without what the corpus
    /// cannot show.
    /// </summary>
    public static void Smooth(int label, double smoothing, bool[] covered, Span<float> target)
    {
        var share = (float)(smoothing / covered.Count(c => c));
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = covered[i] ? share : 0;
        }

        target[label] += (float)(1 - smoothing);
    }
}
