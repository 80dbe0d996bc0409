namespace Emotion.Training.Evaluation;

/// <summary>Answers of similar confidence: how many, how sure they are on average, and how many of them are right.</summary>
public sealed record ReliabilityBin(int Count, double Confidence, double Accuracy);

/// <summary>
/// How far confidence can be believed, over ten bins that hold as many answers each (Nguyen and O'Connor 2015): bin b of n answers,
/// sorted by confidence, holds the ranks from floor(b n / 10) to floor((b + 1) n / 10). <see cref="Error"/> is the mean over answers of the gap between
/// a bin's mean confidence and its share of hits. <see cref="Scores.Ece"/> is the older figure over 15 bins of equal width.
/// </summary>
public static class EqualMassCalibration
{
    public const int BinCount = 10;

    private const int Draws = 2000;
    private const int Seed = 2;

    public static IReadOnlyList<ReliabilityBin> Bins(IReadOnlyList<GroupedAnswer> answers) =>
        Bins([.. Sorted(answers).Select(answer => (answer.Confidence, answer.Prediction == answer.Label))]);

    public static double Error(IReadOnlyList<GroupedAnswer> answers) =>
        Error([.. Sorted(answers).Select(answer => (answer.Confidence, answer.Prediction == answer.Label))]);

    /// <param name="sorted">The least sure first.</param>
    internal static double Error((float Confidence, bool Hit)[] sorted) =>
        Bins(sorted).Sum(bin => bin.Count * Math.Abs(bin.Accuracy - bin.Confidence)) / Math.Max(1, sorted.Length);

    /// <summary>
    /// What <see cref="Error"/> would be if every posterior were true: labels are drawn from the posteriors, 2,000 times. It is not zero, since a bin's
    /// share of hits scatters about its confidence; less than this cannot be asked for at this n.
    /// </summary>
    /// <returns>The mean of the draws, and their 2.5 and 97.5 percentiles.</returns>
    public static (double Mean, Interval Range) OfPerfectPosteriors(IReadOnlyList<GroupedAnswer> answers)
    {
        var random = new Random(Seed);
        var confidences = Sorted(answers).Select(answer => answer.Confidence).ToArray();
        var errors = new double[Draws];
        for (var draw = 0; draw < Draws; draw++)
        {
            // Of a label drawn from the posterior only one thing counts: whether it is the predicted one.
            errors[draw] = Error(Array.ConvertAll(confidences, confidence => (confidence, random.NextDouble() < confidence)));
        }

        return (errors.Average(), Interval.Of(errors));
    }

    private static IEnumerable<GroupedAnswer> Sorted(IReadOnlyList<GroupedAnswer> answers) => answers.OrderBy(answer => answer.Confidence);

    private static ReliabilityBin[] Bins((float Confidence, bool Hit)[] sorted)
    {
        var bins = new List<ReliabilityBin>(BinCount);
        for (var bin = 0; bin < BinCount; bin++)
        {
            var (from, to) = (bin * sorted.Length / BinCount, (bin + 1) * sorted.Length / BinCount);
            if (to > from)
            {
                var (sure, hits) = (0.0, 0);
                foreach (var (confidence, hit) in sorted.AsSpan(from, to - from))
                {
                    sure += confidence;
                    hits += hit ? 1 : 0;
                }

                bins.Add(new ReliabilityBin(to - from, sure / (to - from), (double)hits / (to - from)));
            }
        }

        return [.. bins];
    }
}
