using Emotion.Training.Onnx.Quantization;

namespace Emotion.Training.Tests.Quantization;

public class RangeTests
{
    [Fact]
    public void Range_OfBothSigns_MeetsZeroExactlyAndItsEndsNearly()
    {
        var range = ActivationRange.Of(-1, 3);

        Assert.Equal(4f / 255, range.Scale);
        Assert.Equal(64, range.Zero);
        Assert.Equal(0, range.Rounded(0));
        Assert.Equal(3, range.Rounded(3), range.Scale);
        Assert.Equal(3, range.Rounded(50), range.Scale);
        Assert.Equal(-1, range.Rounded(-50), range.Scale);
    }

    [Fact]
    public void Range_OfValuesThatAreNeverNegative_HasZeroAsTheLeastInteger() => Assert.Equal(0, ActivationRange.Of(0, 7.3).Zero);

    [Fact]
    public void Range_OfNothingButZeros_KeepsThem() => Assert.Equal(0, Measured([0, 0, 0]).Rounded(0));

    [Fact]
    public void Statistics_OfEvenValues_TakeTheWholeRange()
    {
        var values = Enumerable.Range(0, 10_000).Select(i => i / 2500f - 1).ToArray();

        var range = Measured(values);

        Assert.Equal(4f / 255, range.Scale, 0.05f * 4 / 255);
        Assert.InRange(range.Zero, 60, 68);
    }

    [Fact]
    public void Statistics_WithOneFarValue_ClipItForTheOthersSake()
    {
        // Half a bell of deviation 1 and one value at 20.
        var random = new Random(4);
        var values = Enumerable.Range(0, 500_000).Select(_ => (float)Math.Abs(Normal(random))).Append(20f).ToArray();

        var range = Measured(values);
        var whole = ActivationRange.Of(0, 20);

        Assert.InRange(255 * range.Scale, 3, 15);
        Assert.True(Error(values, range) < 0.7 * Error(values, whole));
        // Nothing beside it is much better: an independent search over fifty ends.
        var best = Enumerable.Range(1, 50).Min(i => Error(values, ActivationRange.Of(0, 0.4 * i)));
        Assert.InRange(Error(values, range), 0.95 * best, 1.05 * best);
    }

    [Fact]
    public void Weights_OfAnOutputThatIsNearlyItsBiasAlone_KeepTheBias()
    {
        var quantized = ChannelWeights.Of([1e-12f, -1e-12f, 0.5f, 0.25f], [3.7f, -0.1f], inputScale: 0.02f, levels: 127);

        Assert.Equal(3.7, quantized.Biases[0] * (double)quantized.BiasScales[0], 1e-4);
        Assert.Equal(-0.1, quantized.Biases[1] * (double)quantized.BiasScales[1], 1e-4);
        Assert.Equal([0, 0, 127, 64], quantized.Weights.Select(weight => (int)weight));
    }

    private static ActivationRange Measured(float[] values)
    {
        var statistics = new ActivationStatistics();
        statistics.Add(values, second: false);
        statistics.Add(values, second: true);
        return statistics.Range();
    }

    private static double Error(float[] values, ActivationRange range) => values.Sum(value => Math.Pow(value - range.Rounded(value), 2));

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
