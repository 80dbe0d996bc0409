using Emotion.Features;

namespace Emotion.Inference.Fusion;

/// <summary>
/// Fusion without a network: the product of the posteriors, softmax over labels of the sum over modalities of ln(n p), for a posterior p over n
/// covered labels. A label that a modality does not cover gets 0 from it, a likelihood ratio of 1. It is what <c>FusionNetwork</c> is before any training.
/// </summary>
public static class PosteriorProduct
{
    /// <summary>No posterior counts as less: one modality alone cannot rule a label out.</summary>
    public const double LeastPosterior = 1e-3;

    /// <param name="posteriors">At least one: <c>[8]</c>, and the labels that it covers.</param>
    /// <returns><c>[8]</c>, adds up to 1.</returns>
    public static float[] Of(IEnumerable<(ReadOnlyMemory<float> Posterior, bool[] Covered)> posteriors)
    {
        var evidence = new double[EmotionLabels.Count];
        foreach (var (posterior, covered) in posteriors)
        {
            var labels = Math.Log(covered.Count(label => label));
            for (var label = 0; label < evidence.Length; label++)
            {
                evidence[label] += covered[label] ? Math.Log(Math.Max(posterior.Span[label], LeastPosterior)) + labels : 0;
            }
        }

        var most = evidence.Max();
        var shares = Array.ConvertAll(evidence, value => Math.Exp(value - most));
        var sum = shares.Sum();
        return Array.ConvertAll(shares, share => (float)(share / sum));
    }
}
