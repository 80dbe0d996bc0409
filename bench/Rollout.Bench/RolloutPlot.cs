using Emotion.Features;
using Emotion.Gateway.Canary;
using Emotion.Training.Reports;

namespace Emotion.RolloutBench;

/// <summary>Share, errors, latency and shift over the life of a canary, one strip each, from the answers as they came.</summary>
internal static class RolloutPlot
{
    private const int Width = 720, Left = 90, Right = 20, Top = 44, Strip = 90, Gap = 34, Steps = 120;

    public static string Draw(CanaryLife life)
    {
        var end = life.Shares[^1].Seconds;
        var height = Top + 4 * (Strip + Gap) + 16;
        var title = life.RolledBackAfter is { } after
            ? FormattableString.Invariant($"A bad canary: promoted to 50 %, rolled back for {life.Rule} after {after:0.0} s")
            : "A bad canary: promoted to 50 %, not rolled back";
        var picture = new SvgPicture(Width, height, title);
        double X(double seconds) => Left + seconds / end * (Width - Left - Right);
        void Panel(int row, string name, double top, string format, params (string Name, string Dashes, IEnumerable<(double Seconds, double Value)> Points)[] lines)
        {
            var (upper, lower) = (Top + row * (Strip + Gap), Top + row * (Strip + Gap) + Strip);
            double Y(double value) => lower - Math.Min(value / top, 1) * Strip;
            picture.Text(Left - 10, upper + 10, top.ToString(format, System.Globalization.CultureInfo.InvariantCulture), "quiet small", "end");
            picture.Text(Left - 10, lower, 0.0.ToString(format, System.Globalization.CultureInfo.InvariantCulture), "quiet small", "end");
            picture.TextUpwards(22, (upper + lower) / 2.0, name, "quiet");
            picture.Line(Left, lower, Width - Right, lower, "grid").Line(Left, upper, Width - Right, upper, "grid");
            picture.Line(X(life.PromotedAt), upper, X(life.PromotedAt), lower, "guide", "3 3");
            if (life.RolledBackAfter is { } gone)
            {
                picture.Line(X(life.PromotedAt + gone), upper, X(life.PromotedAt + gone), lower, "guide", "3 3");
            }

            foreach (var (_, dashes, points) in lines)
            {
                var drawn = points.Select(point => (X(point.Seconds), Y(point.Value))).ToList();
                for (var i = 1; i < drawn.Count; i++)
                {
                    picture.Line(drawn[i - 1].Item1, drawn[i - 1].Item2, drawn[i].Item1, drawn[i].Item2, "line", dashes);
                }

            }

            // Above the strip: at the ends of the lines the names would lie on each other.
            for (var (i, x) = (lines.Length - 1, (double)(Width - Right)); i >= 0; i--)
            {
                if (lines[i].Name.Length > 0)
                {
                    picture.Text(x, upper - 6, lines[i].Name, "quiet small", "end").Line(x - 68, upper - 10, x - 46, upper - 10, "line", lines[i].Dashes);
                    x -= 90;
                }
            }
        }

        Panel(0, "share, %", 100, "0", ("", "none", life.Shares.SelectMany((share, i) => i == 0
            ? [(share.Seconds, 100 * share.Share)]
            : new[] { (share.Seconds, 100 * life.Shares[i - 1].Share), (share.Seconds, 100 * share.Share) })));
        Panel(1, "failed, %", 100, "0", ("canary", "none", Series(life, true, Failed)), ("stable", "2 3", Series(life, false, Failed)));
        var latencies = life.Answers.Where(answer => !answer.Failed).Select(answer => answer.Latency).Order().ToList();
        var longest = latencies.Count == 0 ? 1 : Math.Max(0.01, latencies[(int)(0.98 * (latencies.Count - 1))]);
        Panel(2, "s / s of clip", longest, "0.00", ("canary", "none", Series(life, true, Median)), ("stable", "2 3", Series(life, false, Median)));
        var shift = Shift(life, end).ToList();
        Panel(3, "shift (PSI)", Math.Max(0.5, shift.Select(point => point.Value).DefaultIfEmpty(0).Max()), "0.0", ("", "none", shift));
        for (var seconds = 0; seconds <= end; seconds += end > 60 ? 20 : 5)
        {
            picture.Text(X(seconds), height - 10, FormattableString.Invariant($"{seconds} s"), "quiet small");
        }

        return picture.ToString();
    }

    /// <summary>Over all that one side has answered so far.</summary>
    private static IEnumerable<(double Seconds, double Value)> Series(CanaryLife life, bool canary, Func<IReadOnlyList<CanaryAnswer>, double> of)
    {
        var side = life.Answers.Where(answer => answer.IsCanary == canary).OrderBy(answer => answer.Seconds).ToList();
        for (var i = 0; i < side.Count; i++)
        {
            yield return (side[i].Seconds, of(side[Math.Max(0, i - 19)..(i + 1)]));
        }
    }

    private static double Failed(IReadOnlyList<CanaryAnswer> answers) => 100.0 * answers.Count(answer => answer.Failed) / answers.Count;

    private static double Median(IReadOnlyList<CanaryAnswer> answers)
    {
        var sorted = answers.Where(answer => !answer.Failed).Select(answer => answer.Latency).Order().ToList();
        return sorted.Count == 0 ? 0 : sorted[sorted.Count / 2];
    }

    /// <summary>The gateway's own measure, of what both sides had answered since the promotion.</summary>
    private static IEnumerable<(double Seconds, double Value)> Shift(CanaryLife life, double end)
    {
        for (var step = 0; step <= Steps; step++)
        {
            var now = life.PromotedAt + (end - life.PromotedAt) * step / Steps;
            var (canary, stable) = (Predictions(life, true, now), Predictions(life, false, now));
            if (canary.Sum() > 0 && stable.Sum() > 0)
            {
                yield return (now, PopulationShift.Index(canary, stable));
            }
        }
    }

    private static int[] Predictions(CanaryLife life, bool canary, double until)
    {
        var counts = new int[EmotionLabels.Count + 1];
        foreach (var answer in life.Answers.Where(answer => !answer.Failed && answer.IsCanary == canary && answer.Seconds <= until))
        {
            counts[answer.Prediction is { } label ? EmotionLabels.Names.ToList().IndexOf(label) : EmotionLabels.Count]++;
        }

        return counts;
    }
}
