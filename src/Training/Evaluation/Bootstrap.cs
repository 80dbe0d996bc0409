namespace Emotion.Training.Evaluation;

/// <summary>How far a figure can be trusted: its 95 % interval over resampled examples (Efron 1979).</summary>
public static class Bootstrap
{
    private const int Draws = 1000;
    private const int Seed = 1;

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
    public static (double Low, double High) WaDifference(Judged one, Judged other)
    {
        var gains = Enumerable.Range(0, one.Labels.Count).Select(i => Hit(one, i) - Hit(other, i)).ToArray();
        var random = new Random(Seed);
        var figures = new double[Draws];
        for (var draw = 0; draw < Draws; draw++)
        {
            var sum = 0;
            for (var i = 0; i < gains.Length; i++)
            {
                sum += gains[random.Next(gains.Length)];
            }

            figures[draw] = (double)sum / gains.Length;
        }

        Array.Sort(figures);
        return (figures[(int)(0.025 * Draws)], figures[(int)(0.975 * Draws)]);
    }

    private static int Hit(Judged judged, int example) =>
        Scores.Prediction(judged.Posteriors[example], judged.Covered) == judged.Labels[example] ? 1 : 0;
}
