using Emotion.Gateway.Canary;

namespace Emotion.Gateway.Tests;

public sealed class PopulationShiftTests
{
    [Fact]
    public void Index_ByHand_IsTheSumOverWhatOccurs()
    {
        Assert.Equal(0, PopulationShift.Index([10, 30, 0], [10, 30, 0]));

        // Of 20 and 0 against 0 and 20: (20.5 - 0.5) / 21 * ln(20.5 / 0.5), twice; the third does not occur.
        Assert.Equal(2 * 20 / 21.0 * Math.Log(41), PopulationShift.Index([20, 0, 0], [0, 20, 0]), 1e-12);
    }

    /// <summary>On 100 answers chance alone makes a shift that would be called major on 10,000.</summary>
    [Fact]
    public void Threshold_SmallerSample_IsWider()
    {
        int[] few = [8, 1, 6, 3, 3, 2, 1, 1, 0], many = [800, 100, 600, 300, 300, 200, 100, 100, 0];

        Assert.InRange(PopulationShift.Threshold(few, many, 1e-3, 1), 0.5, 2);
        Assert.InRange(PopulationShift.Threshold(many, many, 1e-3, 1), 0.01, 0.03);
        Assert.Equal(PopulationShift.Threshold(few, many, 1e-3, 1), PopulationShift.Threshold(few, many, 1e-3, 1));
    }

    [Theory]
    [InlineData(25)]
    [InlineData(100)]
    public void Threshold_TwoSamplesOfOneDistribution_AreBeyondItAsOftenAsAllowed(int count)
    {
        const int tries = 300;
        var random = new Random(1);
        int[] Draw(int answers)
        {
            var counts = new int[9];
            for (var i = 0; i < answers; i++)
            {
                counts[Math.Min(8, (int)(9 * random.NextDouble() * random.NextDouble()))]++;
            }

            return counts;
        }

        var beyond = Enumerable.Range(0, tries).Count(i => Draw(count) is var one && Draw(500) is var other
            && PopulationShift.Index(one, other) > PopulationShift.Threshold(one, other, 0.02, i));

        Assert.InRange(beyond, 1, 18); // 6 expected.
    }
}
