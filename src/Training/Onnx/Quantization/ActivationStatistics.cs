using System.Numerics.Tensors;

namespace Emotion.Training.Onnx.Quantization;

/// <summary>
/// The values that one place of a graph had over the calibration inputs: first their extremes, then a histogram between those. The range
/// is the one whose rounding and clipping together have the least squared error over the histogram.
/// </summary>
internal sealed class ActivationStatistics
{
    private const int Bins = 4096;
    /// <summary>Ends are tried at 1, 0.98, ... 0.12 of the extreme.</summary>
    private const int Steps = 45;
    private const double Step = 0.02;
    private const int Rounds = 2;

    private readonly long[] _counts = new long[Bins];
    private double _low, _high;

    /// <param name="values">Zeros count for nothing: every range has them exactly.</param>
    /// <param name="second">Whether this is the second pass; it must see what the first one saw.</param>
    public void Add(ReadOnlySpan<float> values, bool second)
    {
        if (second)
        {
            Count(values);
        }
        else
        {
            Widen(values);
        }
    }

    public ActivationRange Range()
    {
        var (low, high) = (1.0, 1.0);
        for (var round = 0; round < Rounds; round++)
        {
            high = Best(share => Error(low, share));
            low = _low < 0 ? Best(share => Error(share, high)) : low;
        }

        return ActivationRange.Of(low * _low, high * _high);
    }

    private void Widen(ReadOnlySpan<float> values)
    {
        if (values.Length > 0)
        {
            _low = Math.Min(_low, TensorPrimitives.Min(values));
            _high = Math.Max(_high, TensorPrimitives.Max(values));
        }

        if (!double.IsFinite(_high - _low))
        {
            throw new ArgumentException("The graph gives values that are no finite numbers for the calibration inputs.");
        }
    }

    private void Count(ReadOnlySpan<float> values)
    {
        var scale = _high > _low ? (Bins - 1e-6) / (_high - _low) : 0;
        foreach (var value in values)
        {
            if (value != 0)
            {
                _counts[(int)((value - _low) * scale)]++;
            }
        }
    }

    private static double Best(Func<double, double> error) =>
        Enumerable.Range(0, Steps).Select(step => 1 - (step * Step)).MinBy(error);

    private double Error(double low, double high)
    {
        var range = ActivationRange.Of(low * _low, high * _high);
        var (sum, width) = (0.0, (_high - _low) / Bins);
        for (var bin = 0; bin < Bins; bin++)
        {
            if (_counts[bin] > 0)
            {
                var value = _low + ((bin + 0.5) * width);
                var error = value - range.Rounded(value);
                sum += _counts[bin] * error * error;
            }
        }

        return sum;
    }
}
