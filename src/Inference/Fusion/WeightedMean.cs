using Emotion.Features;

namespace Emotion.Inference.Fusion;

/// <summary>A mean of posteriors <c>[8]</c>, each with a weight, that posteriors can be taken out of again.</summary>
internal sealed class WeightedMean
{
    // Input of no quality at all still counts a little: a clip of nothing else has an answer, too.
    private const float LeastWeight = 1e-3f;

    private readonly double[] _sums = new double[EmotionLabels.Count];
    private double _weight;
    private int _count;

    /// <summary>Null while there is none.</summary>
    public float[]? Value => _count > 0 ? Array.ConvertAll(_sums, sum => (float)(sum / _weight)) : null;

    public void Add(ReadOnlySpan<float> posterior, float weight) => Change(posterior, weight, 1);

    /// <param name="posterior">That was added.</param>
    /// <param name="weight">It was added with.</param>
    public void TakeOut(ReadOnlySpan<float> posterior, float weight) => Change(posterior, weight, -1);

    private void Change(ReadOnlySpan<float> posterior, float weight, int sign)
    {
        var signed = sign * (double)Math.Max(weight, LeastWeight);
        (_weight, _count) = (_weight + signed, _count + sign);
        for (var i = 0; i < posterior.Length; i++)
        {
            _sums[i] += signed * posterior[i];
        }
    }
}
