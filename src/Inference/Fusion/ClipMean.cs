using Emotion.Features;

namespace Emotion.Inference.Fusion;

/// <summary>Posteriors of a clip: means over its windows, weighted by quality; of all modalities, without each, and of each alone.</summary>
internal sealed class ClipMean(int modalities)
{
    private readonly WeightedMean _all = new();
    private readonly WeightedMean[] _without = [.. Enumerable.Range(0, modalities).Select(_ => new WeightedMean())];
    private readonly WeightedMean[] _own = [.. Enumerable.Range(0, modalities).Select(_ => new WeightedMean())];

    /// <summary>Null while no window has an answer.</summary>
    public float[]? Posterior => _all.Value;

    public float[]? Without(int modality) => _without[modality].Value;

    public float[]? Own(int modality) => _own[modality].Value;

    public void Add(ReadOnlySpan<float> posterior, float weight) => _all.Add(posterior, weight);

    public void AddWithout(int modality, ReadOnlySpan<float> posterior, float weight) => _without[modality].Add(posterior, weight);

    public void AddOwn(int modality, ReadOnlySpan<float> posterior, float weight) => _own[modality].Add(posterior, weight);

    private sealed class WeightedMean
    {
        // Input of no quality at all still counts a little: a clip of nothing else has an answer, too.
        private const float LeastWeight = 1e-3f;

        private readonly double[] _sums = new double[EmotionLabels.Count];
        private double _weight;

        public float[]? Value => _weight > 0 ? Array.ConvertAll(_sums, sum => (float)(sum / _weight)) : null;

        public void Add(ReadOnlySpan<float> posterior, float weight)
        {
            weight = Math.Max(weight, LeastWeight);
            _weight += weight;
            for (var i = 0; i < posterior.Length; i++)
            {
                _sums[i] += weight * posterior[i];
            }
        }
    }
}
