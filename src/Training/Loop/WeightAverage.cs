using TorchSharp;
using static TorchSharp.torch;

namespace Emotion.Training.Loop;

/// <summary>
/// The exponential moving average of a network's weights and running statistics, kept in a twin of it: smoother than any single step's
/// (Polyak and Juditsky 1992). The first steps count less, so that the random start is soon forgotten.
/// </summary>
public sealed class WeightAverage(nn.Module source, nn.Module twin, double decay)
{
    private readonly (Tensor Source, Tensor Twin)[] _pairs =
        [.. source.state_dict().Join(twin.state_dict(), own => own.Key, other => other.Key, (own, other) => (own.Value, other.Value))];

    /// <summary>Taken so far.</summary>
    public int Steps { get; private set; }

    /// <param name="steps">That were taken before: with none the twin becomes a copy. Null for many, where nobody counted them.</param>
    public void Begin(int? steps)
    {
        Steps = steps ?? int.MaxValue / 2;
        if (steps == 0)
        {
            using var _ = no_grad();
            Array.ForEach(_pairs, pair => pair.Twin.copy_(pair.Source));
        }
    }

    public void Step()
    {
        Steps++;
        var kept = Math.Min(decay, (1.0 + Steps) / (10 + Steps));
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var (own, average) in _pairs)
        {
            if (own.dtype == ScalarType.Float32)
            {
                average.mul_(kept).add_(own, 1 - kept);
            }
            else
            {
                average.copy_(own);
            }
        }
    }
}
