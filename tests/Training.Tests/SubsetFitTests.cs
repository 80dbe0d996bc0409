using Emotion.Training.Calibration;
using Emotion.Training.Datasets;
using Emotion.Training.Networks;

namespace Emotion.Training.Tests;

/// <summary>What is fitted for each subset of the modalities by itself.</summary>
public sealed class SubsetFitTests
{
    private static readonly string[] Names = ["a", "twin", "other"];
    private static readonly bool[] All = [true, true, true];

    [Fact]
    public void Powers_OfTwoThatErrAlike_AreHalfOfThoseOfTwoThatErrApart()
    {
        var tuples = Tuples(4000);

        var powers = SubsetPowers.Fit(ModalitySubset.Of(Names), [All, All, All], subset => [.. tuples.Select(tuple => tuple with
        {
            Evidence = [.. tuple.Evidence.Select((one, m) => subset.Has(m) ? one : null)],
        })]).Each;

        // In the order of the bits: a, twin, a+twin, other, a+other, ...
        Assert.Equal([0b001, 0b010, 0b011, 0b100, 0b101, 0b110, 0b111], ModalitySubset.Of(Names).Select(subset => subset.Bits));
        Assert.InRange(powers[0][0], 0.9, 1.1);
        Assert.Equal((0, 0), (powers[0][1], powers[0][2]));
        Assert.InRange(powers[2][0] + powers[2][1], 0.9, 1.1);
        Assert.InRange(powers[4][0], 0.9, 1.1);
        Assert.InRange(powers[4][2], 0.9, 1.1);
        Assert.InRange(powers[6][0] + powers[6][1], 0.9, 1.1);
        Assert.InRange(powers[6][2], 0.9, 1.1);
        using var network = new FusionNetwork(new FusionNetworkSpec([.. Names.Select(name => new FusedModality(name, 1, All))], 4, 0));
        using (TorchSharp.torch.no_grad())
        {
            new SubsetPowers(powers).Give(network);
        }

        Assert.Equal(powers.Select(one => (float)one[2]), network.Powers[2].data<float>().ToArray().Skip(1));
    }

    [Fact]
    public void Shares_WhereTheCorrectionHelpsOneSubsetAndMisleadsAnother_AreChosenForEach()
    {
        IReadOnlyList<int> labels = [.. Enumerable.Range(0, 300).Select(i => i % 3)];
        SubsetPart Part(int bits, Func<int, double> right)
        {
            var answers = labels.Select((label, i) =>
            {
                // Right in so many of a hundred cases, and as sure as that.
                var said = i / 3 < 100 * right(bits) ? label : (label + 1) % 3;
                return Enumerable.Range(0, 3).Select(k => (float)(k == said ? right(bits) : (1 - right(bits)) / 2)).ToArray();
            });
            return new SubsetPart(new ModalitySubset(Names, bits), [.. answers], labels, 300);
        }

        IReadOnlyList<SubsetPart> Parts(double first, double second) => [Part(1, _ => first), Part(2, _ => second)];
        var chosen = CorrectionShares.Choose([(0, Parts(0.6, 0.7)), (0.5, Parts(0.7, 0.6)), (1, Parts(0.7, 0.5))]);

        Assert.Equal([0.5, 0], chosen.Each);
        Assert.Equal([1, 2], chosen.Parts.Select(part => part.Subset.Bits));
    }

    // Of three labels. What "a" says is true as often as it says; "twin" repeats it, "other" says as much by itself.
    private static IReadOnlyList<EvidenceTuple> Tuples(int count)
    {
        var random = new Random(4);
        Evidence Said(int label)
        {
            var hint = random.NextDouble() < 0.7 ? label : (label + random.Next(1, 3)) % 3;
            return new Evidence(label, [0], [.. Enumerable.Range(0, 3).Select(k => k == hint ? 0.7f : 0.15f)]);
        }

        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var (one, other) = (Said(i % 3), Said(i % 3));
            return new EvidenceTuple(i % 3, [one, one, other], All);
        })];
    }
}
