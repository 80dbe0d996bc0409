namespace Emotion.Features.Mfcc;

/// <summary>
/// Mean and deviation of each coefficient over the analysis frames of a corpus, for <see cref="MfccSpec.Mean"/> and
/// <see cref="MfccSpec.Deviation"/>. Welford's update, so that a million frames lose no digits. Not thread-safe.
/// </summary>
public sealed class CoefficientStatistics(int coefficients)
{
    private readonly double[] _mean = new double[coefficients];
    private readonly double[] _squares = new double[coefficients];

    public long Frames { get; private set; }

    /// <param name="features"><c>[frames, coefficients]</c>, not normalised.</param>
    public void Add(ReadOnlySpan<float> features)
    {
        if (features.Length % coefficients != 0)
        {
            throw new ArgumentException($"{features.Length} values are no whole number of frames of {coefficients}.", nameof(features));
        }

        for (; !features.IsEmpty; features = features[coefficients..])
        {
            Frames++;
            for (var i = 0; i < coefficients; i++)
            {
                var from = features[i] - _mean[i];
                _mean[i] += from / Frames;
                _squares[i] += from * (features[i] - _mean[i]);
            }
        }
    }

    /// <summary>The spec with these statistics in it.</summary>
    /// <exception cref="InvalidOperationException">There were too few frames, or a coefficient never changed.</exception>
    public MfccSpec ApplyTo(MfccSpec spec)
    {
        var deviation = Array.ConvertAll(_squares, sum => (float)Math.Sqrt(sum / Math.Max(1, Frames - 1)));
        if (Array.FindIndex(deviation, d => !(d > 0)) is >= 0 and var flat)
        {
            throw new InvalidOperationException($"Coefficient {flat} did not vary over {Frames} analysis frames: this is no corpus.");
        }

        return spec with { Mean = Array.ConvertAll(_mean, m => (float)m), Deviation = deviation };
    }
}
