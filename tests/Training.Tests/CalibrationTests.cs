using Emotion.Training.Calibration;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;

namespace Emotion.Training.Tests;

public class CalibrationTests
{
    [Fact]
    public void TemperatureScaling_OfPosteriorsThatWereSharpened_FindsTheSharpening()
    {
        const double Sharpening = 2.5;
        var (posteriors, labels) = Honest(4000);
        var sharp = posteriors.Select(p =>
        {
            var powers = Array.ConvertAll(p, v => (float)Math.Pow(v, Sharpening));
            return Array.ConvertAll(powers, v => v / powers.Sum());
        }).ToList();

        Assert.InRange(TemperatureScaling.Fit(posteriors, labels), 0.9, 1.1);
        Assert.InRange(TemperatureScaling.Fit(sharp, labels), 0.9 * Sharpening, 1.1 * Sharpening);
        Assert.True(Scores.Of(sharp, labels).Ece > 2 * Scores.Of(posteriors, labels).Ece);
    }

    [Fact]
    public void TemperatureScaling_OfPartsAlike_DoesNotDependOnWhichIsLarger()
    {
        var (many, labels) = Honest(3000);
        var (few, other) = Honest(300);
        var sharp = few.Select(p => TemperatureScaling.Apply(p, 0.4)).ToList();

        double Of(int copies) => TemperatureScaling.FitAlike(
            [([.. Enumerable.Repeat(many, copies).SelectMany(p => p)], [.. Enumerable.Repeat(labels, copies).SelectMany(l => l)]), (sharp, other)]);

        Assert.Equal(Of(1), Of(5), 3);
        Assert.InRange(Of(1), 1.1, 2.4);
        Assert.Equal(TemperatureScaling.Fit(sharp, other), TemperatureScaling.FitAlike([(sharp, other)]), 6);
    }

    [Fact]
    public void TemperatureScaling_WithAPrior_LiesBetweenTheExamplesAndOneAndGoesToThemWithTheirNumber()
    {
        var prior = new TemperaturePrior(0.15, 10);
        double Of(int count, TemperaturePrior? belief)
        {
            var (posteriors, labels) = Honest(count);
            var flat = posteriors.Select(p => Array.ConvertAll(p, v => MathF.Sqrt(v) / p.Sum(MathF.Sqrt))).ToList();
            return TemperatureScaling.Fit(flat, labels, prior: belief);
        }

        var (few, many, alone) = (Of(120, prior), Of(12000, prior), Of(12000, null));

        Assert.InRange(few, many, 1);
        Assert.InRange(many, alone, alone + 0.1);
        Assert.InRange(alone, 0.45, 0.55);
    }

    [Fact]
    public void SubsetTemperatures_OfSubsetsThatAreSureInTheirOwnWay_GiveEachItsOwnAndLieNearTheSharedOneWhereExamplesAreFew()
    {
        var (honest, labels) = Honest(2000);
        List<float[]> Powered(double power) => [.. honest.Select(p => TemperatureScaling.Apply(p, 1 / power))];
        var subsets = ModalitySubset.Of(["audio", "video"]);
        SubsetTemperatures Fit(int examples) => SubsetTemperatures.Fit(
        [
            new(subsets[0], Powered(0.5), labels, examples), new(subsets[1], Powered(1), labels, examples), new(subsets[2], Powered(2), labels, examples),
        ]);

        var (many, few) = (Fit(1_000_000), Fit(20));

        Assert.All(many.Each.Zip([0.5, 1, 2]), pair => Assert.InRange(pair.First, 0.9 * pair.Second, 1.1 * pair.Second));
        Assert.Equal(many.Shared, few.Shared);
        Assert.InRange(few.Each[0], many.Each[0] * 1.05, few.Shared * 0.98);
        Assert.InRange(few.Each[2], few.Shared * 1.02, many.Each[2] * 0.95);
        // What the graph says at a subset's own temperature, said at the shared one.
        var ours = TemperatureScaling.Apply(Powered(2)[0], many.Each[2]);
        Assert.All(TemperatureScaling.Apply(Powered(2)[0], many.Shared).Zip(many.AtShared(subsets[2], ours)), pair => Assert.Equal(pair.First, pair.Second, 4));
    }

    [Fact]
    public void SelectiveAccuracy_OfSureAndUnsureAnswers_CountsThoseThatAreKept()
    {
        float[] Row(float sure) => [sure, 1 - sure, 0, 0, 0, 0, 0, 0];
        var judged = new Judged("", [0, 0, 1, 0, 1], [Row(0.95f), Row(0.9f), Row(0.8f), Row(0.7f), Row(0.6f)], null);

        var (certain, most, none) = (SelectiveAccuracy.Above(judged, 0.8f), SelectiveAccuracy.At(judged, 0.4), SelectiveAccuracy.Above(judged, 1));

        Assert.Equal((3, 0.6, 2 / 3.0), (certain.Count, certain.Coverage, certain.Accuracy));
        Assert.Equal((2, 0.4, 1), (most.Count, most.Coverage, most.Accuracy));
        Assert.Equal((0, 0.0), (none.Count, none.Coverage));
        Assert.Null(none.ToJson()["accuracy"]);
    }

    [Fact]
    public void WilsonInterval_OfKnownCounts_IsThatOfTheTables()
    {
        // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 29 of 29.
        (int Hits, int Count, double Low, double High)[] table = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (29, 29, 0.8830, 1)];

        Assert.All(table, row =>
        {
            var interval = WilsonInterval.Of(row.Hits, row.Count);
            Assert.Equal(row.Low, interval.Low, 4);
            Assert.Equal(row.High, interval.High, 4);
        });
        Assert.Equal(new Interval(0, 1), WilsonInterval.Of(0, 0));
    }

    [Fact]
    public void UncertaintyThreshold_WhereTheUnsureAreAsOftenWrongAsRight_LiesAboveThem()
    {
        float[] Row(float sure) => [sure, 1 - sure, 0, 0, 0, 0, 0, 0];
        var threshold = UncertaintyThreshold.Choose([Row(0.95f), Row(0.9f), Row(0.8f), Row(0.6f), Row(0.55f)], [0, 0, 0, 0, 1]);

        Assert.Equal(0.7f, threshold, 3);
        Assert.Equal(0, UncertaintyThreshold.Choose([Row(0.9f), Row(0.8f)], [0, 0]));
    }

    [Fact]
    public void Scores_OfAKnownConfusion_AreWhatTheFormulasSay()
    {
        // Label 0: 3 of 4 right; label 1: 1 of 2 right.
        float[] Row(int predicted) => [.. Enumerable.Range(0, 8).Select(i => i == predicted ? 0.6f : 0.4f / 7)];
        var scores = Scores.Of([Row(0), Row(0), Row(0), Row(1), Row(1), Row(0)], [0, 0, 0, 0, 1, 1]);

        Assert.Equal(0.625, scores.Uar, 6);
        Assert.Equal(4 / 6.0, scores.Wa, 6);
        Assert.Equal((0.75 + 0.5) / 2, scores.MacroF1, 6);
        Assert.Equal(-(4 * Math.Log(0.6) + 2 * Math.Log(0.4 / 7)) / 6, scores.Nll, 5);
        Assert.Equal(Math.Abs(4 / 6.0 - 0.6), scores.Ece, 5);
    }

    private static (List<float[]> Posteriors, List<int> Labels) Honest(int count)
    {
        var random = new Random(3);
        var (posteriors, labels) = (new List<float[]>(), new List<int>());
        for (var i = 0; i < count; i++)
        {
            var weights = Enumerable.Range(0, 8).Select(_ => (float)Math.Exp(2 * random.NextDouble())).ToArray();
            var posterior = Array.ConvertAll(weights, w => w / weights.Sum());
            var (draw, label) = (random.NextDouble(), 0);
            for (; label < 7 && draw > posterior[label]; label++)
            {
                draw -= posterior[label];
            }

            posteriors.Add(posterior);
            labels.Add(label);
        }

        return (posteriors, labels);
    }
}
