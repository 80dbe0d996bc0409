using Emotion.Features;

namespace Emotion.Training.Evaluation;

/// <summary>From the 2.5 to the 97.5 percentile of a figure over resampled data.</summary>
public readonly record struct Interval(double Low, double High)
{
    public bool Contains(double value) => Low <= value && value <= High;

    /// <param name="figures">Of the draws; they are sorted in place.</param>
    public static Interval Of(double[] figures)
    {
        Array.Sort(figures);
        return new Interval(figures[(int)(0.025 * figures.Length)], figures[(int)(0.975 * figures.Length)]);
    }
}

/// <summary>
/// How far figures can be trusted for people who were not recorded: recordings of one actor are alike, so actors are resampled with
/// replacement, each with all its recordings (cluster bootstrap; Field and Welsh 2007). What is said of actors here holds for any groups of examples.
/// </summary>
public static class ActorBootstrap
{
    public const int Draws = 2000;
    public const int Seed = 1;

    /// <summary>Intervals of several figures over the same draws.</summary>
    /// <param name="actors">How many there are.</param>
    /// <param name="figures">Of how often each actor was drawn, all figures of the draw; the numbers are valid during the call only.</param>
    public static Interval[] Intervals(int actors, Func<ReadOnlySpan<int>, double[]> figures)
    {
        var random = new Random(Seed);
        var drawn = new double[Draws][];
        Span<int> times = stackalloc int[actors];
        for (var draw = 0; draw < Draws; draw++)
        {
            times.Clear();
            for (var i = 0; i < actors; i++)
            {
                times[random.Next(actors)]++;
            }

            drawn[draw] = figures(times);
        }

        return [.. Enumerable.Range(0, drawn[0].Length).Select(figure => Interval.Of([.. drawn.Select(row => row[figure])]))];
    }
}

/// <summary>Answers summed up by actor, so that a draw of actors costs a sum and no new look at the answers.</summary>
internal sealed class ActorSums
{
    private readonly int[][] _confusions;
    private readonly double[] _nll;
    private readonly (int Actor, float Confidence, bool Hit)[] _sorted;

    public ActorSums(IReadOnlyList<GroupedAnswer> answers)
    {
        var actors = answers.Select(answer => answer.Group).Distinct().Order().Select((group, i) => (group, i)).ToDictionary(pair => pair.group, pair => pair.i);
        _confusions = [.. actors.Values.Select(_ => new int[EmotionLabels.Count * EmotionLabels.Count])];
        _nll = new double[actors.Count];
        foreach (var answer in answers)
        {
            var actor = actors[answer.Group];
            _confusions[actor][answer.Label * EmotionLabels.Count + answer.Prediction]++;
            _nll[actor] += Scores.NllOf(answer.Posterior, answer.Label);
        }

        _sorted = [.. answers.OrderBy(answer => answer.Confidence).Select(answer =>
            (actors[answer.Group], answer.Confidence, answer.Prediction == answer.Label))];
    }

    public int Actors => _confusions.Length;

    /// <summary>Rows true, columns predicted, each actor as often as said.</summary>
    public int[][] Confusion(ReadOnlySpan<int> times)
    {
        var sum = new int[EmotionLabels.Count * EmotionLabels.Count];
        for (var actor = 0; actor < times.Length; actor++)
        {
            for (var cell = 0; cell < sum.Length && times[actor] > 0; cell++)
            {
                sum[cell] += times[actor] * _confusions[actor][cell];
            }
        }

        return [.. sum.Chunk(EmotionLabels.Count)];
    }

    /// <summary>Mean over all answers of -ln of the posterior of the true label.</summary>
    public double Nll(ReadOnlySpan<int> times, int count)
    {
        var sum = 0.0;
        for (var actor = 0; actor < times.Length; actor++)
        {
            sum += times[actor] * _nll[actor];
        }

        return sum / count;
    }

    /// <summary>Confidence and hit of every answer of the draw, the least sure first.</summary>
    public (float Confidence, bool Hit)[] Sorted(ReadOnlySpan<int> times, int count)
    {
        var (drawn, next) = (new (float, bool)[count], 0);
        foreach (var (actor, confidence, hit) in _sorted)
        {
            for (var i = 0; i < times[actor]; i++)
            {
                drawn[next++] = (confidence, hit);
            }
        }

        return drawn;
    }
}
