using Emotion.Features;

namespace Emotion.Inference.Fusion;

/// <summary>
/// Posteriors of a clip: means over its windows, weighted by quality; of all modalities, without each, and of each alone. As the mean is all that
/// is done to the windows, what each of them did to it is known exactly: it is taken out again.
/// </summary>
internal sealed class ClipMean(int modalities)
{
    /// <summary>Windows that change less are alike: a hundredth of a point, which nobody shows.</summary>
    private const float LeastChange = 1e-4f;

    /// <summary>Of all that speaks for the winner.</summary>
    private const float DecidingShare = 0.5f;

    private readonly WeightedMean _all = new();
    private readonly WeightedMean[] _without = [.. Enumerable.Range(0, modalities).Select(_ => new WeightedMean())];
    private readonly WeightedMean[] _own = [.. Enumerable.Range(0, modalities).Select(_ => new WeightedMean())];
    private readonly List<(int Window, float[] Posterior, float Weight)> _windows = [];

    /// <summary>Null while no window has an answer.</summary>
    public float[]? Posterior => _all.Value;

    public float[]? Without(int modality) => _without[modality].Value;

    public float[]? Own(int modality) => _own[modality].Value;

    /// <param name="window">Its index in the plan; each at most once.</param>
    public void Add(int window, float[] posterior, float weight)
    {
        _windows.Add((window, posterior, weight));
        _all.Add(posterior, weight);
    }

    public void AddWithout(int modality, ReadOnlySpan<float> posterior, float weight) => _without[modality].Add(posterior, weight);

    public void AddOwn(int modality, ReadOnlySpan<float> posterior, float weight) => _own[modality].Add(posterior, weight);

    /// <summary>By window: the winner's probability minus what it would be without the window; without the only one it would be that of no evidence.</summary>
    public IReadOnlyDictionary<int, float> ChangesBy(int winner)
    {
        var probability = _all.Value?[winner] ?? 0;
        return _windows.ToDictionary(one => one.Window, one =>
        {
            _all.TakeOut(one.Posterior, one.Weight);
            var without = _all.Value?[winner] ?? FusionModel.NoEvidence;
            _all.Add(one.Posterior, one.Weight);
            return probability - without;
        });
    }

    /// <summary>The fewest windows, of the largest changes, that have half of all that speaks for the winner. Null where all windows are alike.</summary>
    /// <param name="changes">By window.</param>
    public DecidingWindows? Deciding(int winner, IReadOnlyDictionary<int, float> changes)
    {
        var speakFor = _windows.Where(one => changes[one.Window] > LeastChange).OrderByDescending(one => changes[one.Window]).ToList();
        var (enough, sum, deciding) = (DecidingShare * speakFor.Sum(one => (double)changes[one.Window]), 0.0, 0);
        var rest = new WeightedMean();
        foreach (var one in _windows)
        {
            rest.Add(one.Posterior, one.Weight);
        }

        for (; deciding < speakFor.Count && (deciding == 0 || sum < enough); deciding++)
        {
            sum += changes[speakFor[deciding].Window];
            rest.TakeOut(speakFor[deciding].Posterior, speakFor[deciding].Weight);
        }

        var without = rest.Value ?? [];
        return deciding == 0 ? null : new DecidingWindows(
            [.. speakFor.Take(deciding).Select(one => one.Window)], _all.Value![winner] - (without.Length > 0 ? without[winner] : FusionModel.NoEvidence), without);
    }
}
