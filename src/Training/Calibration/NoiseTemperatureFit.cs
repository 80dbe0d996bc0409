using Emotion.Features;
using Emotion.Inference.Audio;

namespace Emotion.Training.Calibration;

/// <summary>What was said of a window at temperature 1.</summary>
/// <param name="Label">True label.</param>
/// <param name="Decibels">Signal-to-noise ratio as serving estimates it.</param>
public readonly record struct HeardPosterior(int Label, float[] Posterior, double Decibels);

/// <param name="Temperature">Of ln T at each knot: normal around 0.</param>
/// <param name="Offset">Deviation of each offset, normal around 0.</param>
public sealed record NoisePrior(TemperaturePrior Temperature, double Offset);

/// <summary>
/// The temperatures and offsets of a <see cref="NoiseSpec"/>: those that give the windows the least negative log-likelihood, temperatures not rising with
/// decibels; at the last knot temperature 1 and no offset.
/// </summary>
/// <remarks>
/// Of temperatures it is sought how much each ln T is above that of the next knot, none of it negative, one after the other by golden-section search: since the steps are
/// bounded by 0 alone and not by each other, temperatures that want to rise together can. Offsets follow by gradient descent, which their prior makes short. Both in turn, until nothing moves.
/// </remarks>
public sealed class NoiseTemperatureFit
{
    private const double LongestStep = 2.3, Precision = 1e-3;
    private const int MostRounds = 100, Descents = 10;

    /// <summary>A label of probability 0 that is true is a bad miss, and not an infinite one.</summary>
    private const double LeastLogarithm = -50;

    private readonly IReadOnlyList<double> _decibels;
    private readonly NoisePrior _prior;
    private readonly Window[] _windows;
    private readonly double[] _steps;
    private readonly double[] _temperatures;
    private readonly double[][] _offsets;

    private NoiseTemperatureFit(IReadOnlyList<double> decibels, IReadOnlyList<HeardPosterior> windows, NoisePrior prior)
    {
        _decibels = decibels;
        _prior = prior;
        _windows = [.. windows.Select(window => new Window(
            window.Label, Array.ConvertAll(window.Posterior, p => p > 0 ? Math.Max(Math.Log(p), LeastLogarithm) : double.NegativeInfinity), decibels, window.Decibels))];
        _steps = new double[decibels.Count - 1];
        _temperatures = [.. decibels.Select(_ => 1.0)];
        _offsets = [.. decibels.Select(_ => new double[EmotionLabels.Count])];
    }

    /// <param name="decibels">Of the knots, rising, at least two.</param>
    /// <param name="windows">At temperature 1.</param>
    /// <param name="prior">What is believed before the windows are heard.</param>
    public static IReadOnlyList<NoiseKnot> Fit(IReadOnlyList<double> decibels, IReadOnlyList<HeardPosterior> windows, NoisePrior prior)
    {
        var fit = new NoiseTemperatureFit(decibels, windows, prior);
        for (var (round, moved) = (0, true); moved && round < MostRounds; round++)
        {
            moved = fit.MoveTemperatures() | fit.MoveOffsets();
        }

        return [.. decibels.Select((one, i) => new NoiseKnot { Decibels = one, Temperature = fit._temperatures[i], Offsets = fit._offsets[i] })];
    }

    private bool MoveTemperatures()
    {
        var moved = false;
        for (var step = 0; step < _steps.Length; step++)
        {
            var before = _steps[step];
            var best = TemperatureScaling.Lowest(value => Cost(step, value), 0, LongestStep);
            // The search never tries its ends, and none is what many steps are.
            Step(step, Cost(step, 0) <= Cost(step, best) ? 0 : best);
            moved |= Math.Abs(_steps[step] - before) > Precision;
        }

        return moved;
    }

    private double Cost(int step, double value)
    {
        Step(step, value);
        Span<double> scores = stackalloc double[EmotionLabels.Count];
        var surprise = 0.0;
        foreach (var window in _windows)
        {
            Write(window, scores);
            surprise -= Math.Log(scores[window.Label]);
        }

        return surprise / _prior.Temperature.Alike + _temperatures.Sum(one => Math.Pow(Math.Log(one) / _prior.Temperature.Deviation, 2)) / 2;
    }

    private void Step(int step, double value)
    {
        _steps[step] = value;
        var logarithm = 0.0;
        for (var i = _steps.Length - 1; i >= 0; i--)
        {
            logarithm += _steps[i];
            _temperatures[i] = Math.Exp(logarithm);
        }
    }

    private bool MoveOffsets()
    {
        var (precision, moved) = (1 / (_prior.Offset * _prior.Offset), false);
        // A softmax bends by half at most; the last knot has no offset.
        var bend = _windows.Length / _prior.Temperature.Alike / 2 + precision;
        Span<double> posterior = stackalloc double[EmotionLabels.Count];
        for (var descent = 0; descent < Descents * _offsets.Length; descent++)
        {
            var gradients = Array.ConvertAll(_offsets, offsets => Array.ConvertAll(offsets, offset => offset * precision));
            foreach (var window in _windows)
            {
                Write(window, posterior);
                for (var label = 0; label < posterior.Length; label++)
                {
                    var excess = (posterior[label] - (label == window.Label ? 1 : 0)) / _prior.Temperature.Alike;
                    gradients[window.Knot][label] += (1 - window.Share) * excess;
                    gradients[Math.Min(window.Knot + 1, gradients.Length - 1)][label] += window.Share * excess;
                }
            }

            for (var knot = 0; knot < _offsets.Length - 1; knot++)
            {
                for (var label = 0; label < posterior.Length; label++)
                {
                    _offsets[knot][label] -= gradients[knot][label] / bend;
                    moved |= Math.Abs(gradients[knot][label] / bend) > Precision / Descents;
                }
            }
        }

        return moved;
    }

    // The posterior of a window as it is corrected now; no label is less than the least.
    private void Write(Window window, Span<double> posterior)
    {
        var next = Math.Min(window.Knot + 1, _temperatures.Length - 1);
        var temperature = _temperatures[window.Knot] + window.Share * (_temperatures[next] - _temperatures[window.Knot]);
        var sum = 0.0;
        for (var label = 0; label < posterior.Length; label++)
        {
            var offset = _offsets[window.Knot][label] + window.Share * (_offsets[next][label] - _offsets[window.Knot][label]);
            posterior[label] = Math.Exp(window.Logarithms[label] / temperature + offset);
            sum += posterior[label];
        }

        for (var label = 0; label < posterior.Length; label++)
        {
            posterior[label] = Math.Max(posterior[label] / sum, double.Epsilon);
        }
    }

    private sealed class Window
    {
        public Window(int label, double[] logarithms, IReadOnlyList<double> knots, double decibels)
        {
            (Label, Logarithms) = (label, logarithms);
            while (Knot < knots.Count - 1 && decibels >= knots[Knot + 1])
            {
                Knot++;
            }

            Share = Knot == knots.Count - 1 || decibels <= knots[0] ? 0 : (decibels - knots[Knot]) / (knots[Knot + 1] - knots[Knot]);
        }

        public int Label { get; }
        public double[] Logarithms { get; }

        /// <summary>The last one that is not above the window, else the first; and how far it is from there to the next.</summary>
        public int Knot { get; }
        public double Share { get; }
    }
}
