namespace Emotion.Training.Evaluation;

/// <summary>
/// How far a figure can be trusted: its 95 % interval over resampled examples (Efron 1979), or over resampled people where it is known who
/// is shown (<see cref="ActorBootstrap"/>).
/// </summary>
public static class Bootstrap
{
    private const int Draws = 1000;
    private const int Seed = 1;

    /// <param name="judged">With subjects: people are drawn, each with all of its examples.</param>
    /// <param name="figure">Of the confusion matrix, rows true, columns predicted.</param>
    public static Interval Interval(Judged judged, Func<int[][], double> figure)
    {
        if (judged.Subjects is not { } subjects)
        {
            var (low, high) = Interval(judged.Posteriors, judged.Labels, judged.Covered, figure);
            return new Interval(low, high);
        }

        var examples = Examples(subjects);
        var confusions = examples.Select(some => Scores.Of(
            [.. some.Select(i => judged.Posteriors[i])], [.. some.Select(i => judged.Labels[i])], judged.Covered).Confusion).ToArray();
        return ActorBootstrap.Intervals(examples.Length, times => [figure(Sum(confusions, times))])[0];
    }

    /// <param name="posteriors">Of the examples.</param>
    /// <param name="labels">True labels.</param>
    /// <param name="covered">Labels that may be predicted.</param>
    /// <param name="figure">Of the scores.</param>
    /// <returns>2.5 and 97.5 percentiles.</returns>
    public static (double Low, double High) Interval(
        IReadOnlyList<float[]> posteriors, IReadOnlyList<int> labels, bool[]? covered, Func<int[][], double> figure)
    {
        var random = new Random(Seed);
        var predictions = posteriors.Select(posterior => Scores.Prediction(posterior, covered)).ToArray();
        var figures = new double[Draws];
        for (var draw = 0; draw < Draws; draw++)
        {
            var confusion = Enumerable.Range(0, posteriors[0].Length).Select(_ => new int[posteriors[0].Length]).ToArray();
            for (var i = 0; i < labels.Count; i++)
            {
                var pick = random.Next(labels.Count);
                confusion[labels[pick]][predictions[pick]]++;
            }

            figures[draw] = figure(confusion);
        }

        Array.Sort(figures);
        return (figures[(int)(0.025 * Draws)], figures[(int)(0.975 * Draws)]);
    }

    /// <summary>Of the WA of one model less that of another on the same examples, which are drawn together.</summary>
    public static (double Low, double High) WaDifference(Judged one, Judged other) => MeanInterval(
        [.. Enumerable.Range(0, one.Labels.Count).Select(i => (double)(Hit(one, i) - Hit(other, i)))], one.Subjects);

    /// <summary>Of the mean of numbers, drawn one by one, or with everything of the subject that is drawn.</summary>
    public static (double Low, double High) MeanInterval(double[] values, IReadOnlyList<string>? subjects)
    {
        if (subjects is not null)
        {
            var examples = Examples(subjects);
            var sums = Array.ConvertAll(examples, some => some.Sum(i => values[i]));
            var interval = ActorBootstrap.Intervals(examples.Length, times =>
            {
                var (sum, count) = (0.0, 0);
                for (var subject = 0; subject < times.Length; subject++)
                {
                    sum += times[subject] * sums[subject];
                    count += times[subject] * examples[subject].Length;
                }

                return [sum / count];
            })[0];
            return (interval.Low, interval.High);
        }

        var random = new Random(Seed);
        var figures = new double[Draws];
        for (var draw = 0; draw < Draws; draw++)
        {
            var sum = 0.0;
            for (var i = 0; i < values.Length; i++)
            {
                sum += values[random.Next(values.Length)];
            }

            figures[draw] = sum / values.Length;
        }

        Array.Sort(figures);
        return (figures[(int)(0.025 * Draws)], figures[(int)(0.975 * Draws)]);
    }

    // The examples of each subject.
    private static int[][] Examples(IReadOnlyList<string> subjects) =>
        [.. Enumerable.Range(0, subjects.Count).GroupBy(i => subjects[i]).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => group.ToArray())];

    private static int[][] Sum(int[][][] confusions, ReadOnlySpan<int> times)
    {
        var sum = confusions[0].Select(row => new int[row.Length]).ToArray();
        for (var subject = 0; subject < times.Length; subject++)
        {
            for (var label = 0; label < sum.Length && times[subject] > 0; label++)
            {
                for (var said = 0; said < sum.Length; said++)
                {
                    sum[label][said] += times[subject] * confusions[subject][label][said];
                }
            }
        }

        return sum;
    }

    private static int Hit(Judged judged, int example) =>
        Scores.Prediction(judged.Posteriors[example], judged.Covered) == judged.Labels[example] ? 1 : 0;
}
