using System.Globalization;

namespace Emotion.Gateway.Canary;

/// <summary>Why a canary is rolled back.</summary>
/// <param name="Rule">One word for programs: of <see cref="Rules"/>.</param>
/// <param name="Why">A sentence for people, with the numbers.</param>
public sealed record CanaryVerdict(string Rule, string Why)
{
    /// <summary>That there are.</summary>
    public static IReadOnlyList<string> Rules { get; } = ["errors", "latency", "shift"];
}

/// <summary>What a look saw.</summary>
/// <param name="ErrorIncrease">Share of its requests that failed, less that of stable's.</param>
/// <param name="LatencyRatio">At the median; 0 where it was not compared.</param>
/// <param name="Shift">Population stability index; 0 where it was not compared.</param>
/// <param name="Verdict">Null: it stays.</param>
public sealed record CanaryLook(double ErrorIncrease, double LatencyRatio, double Shift, CanaryVerdict? Verdict);

/// <summary>
/// Compares what a canary did with what stable did. Each rule asks two things: is the difference as large as the options forbid, and
/// would chance make it so rarely that the look's share of the false rollback rate allows the word. Errors and latencies are put to
/// Fisher's exact test, which holds for every sample size: given both sides together, an identical canary's are a blind draw.
/// </summary>
public static class CanaryJudge
{
    private static readonly double[] Quantiles = [0.5, 0.9];

    /// <param name="probability">That the look may condemn an identical canary with, by all rules together.</param>
    /// <param name="seed">Of the null distribution's draws.</param>
    public static CanaryLook Look(Tally canary, Tally stable, double probability, int seed, CanaryOptions options)
    {
        var each = probability / CanaryVerdict.Rules.Count;
        var isComparable = stable.Count >= options.MinimumStable;
        var isSampled = stable.Sampled >= options.MinimumStable && canary.Sampled > 0;
        return new CanaryLook(
            Rate(canary) - Rate(stable),
            isSampled ? LatencyRatio(canary, stable, Quantiles[0]) : 0,
            isSampled ? PopulationShift.Index(canary.Predictions, stable.Predictions) : 0,
            (isComparable ? Errors(canary, stable, each, options) : ErrorsAlone(canary, each, options))
                ?? (isSampled ? Latency(canary, stable, each, options) ?? Shift(canary, stable, each, seed, options) : null));
    }

    private static CanaryVerdict? Errors(Tally canary, Tally stable, double probability, CanaryOptions options)
    {
        if (Rate(canary) - Rate(stable) < options.MaximumErrorIncrease || canary.Failed == 0)
        {
            return null;
        }

        var chance = TailProbabilities.Hypergeometric(
            canary.Failed, canary.Count, canary.Failed + stable.Failed, canary.Count + stable.Count);
        return chance > probability ? null : new CanaryVerdict("errors", Text(
            $"{canary.Failed} of its {canary.Count} requests failed, {stable.Failed} of stable's {stable.Count}; {100 * options.MaximumErrorIncrease:0.##} points more are allowed (by chance: {chance:0.#e+0})."));
    }

    private static CanaryVerdict? ErrorsAlone(Tally canary, double probability, CanaryOptions options)
    {
        var chance = TailProbabilities.Binomial(canary.Failed, canary.Count, options.MaximumErrorRate);
        return chance > probability ? null : new CanaryVerdict("errors", Text(
            $"{canary.Failed} of its {canary.Count} requests failed, with nothing of stable to compare with; {100 * options.MaximumErrorRate:0.##} % are allowed (by chance: {chance:0.#e+0})."));
    }

    /// <summary>
    /// Splits all latencies, of both sides together, at a quantile, and asks whether the canary has too many of the long ones (at the
    /// median this is Mood's test).
    /// </summary>
    private static CanaryVerdict? Latency(Tally canary, Tally stable, double probability, CanaryOptions options)
    {
        foreach (var quantile in Quantiles)
        {
            var ratio = LatencyRatio(canary, stable, quantile);
            if (ratio < options.MaximumLatencyRatio)
            {
                continue;
            }

            var pooled = canary.Latencies.Zip(stable.Latencies, (a, b) => a + b).ToArray();
            var split = Tally.Quantile(pooled, quantile) + 1;
            var chance = TailProbabilities.Hypergeometric(
                canary.Latencies.Skip(split).Sum(), canary.Sampled, pooled.Skip(split).Sum(), canary.Sampled + stable.Sampled);
            if (chance <= probability / Quantiles.Length)
            {
                return new CanaryVerdict("latency", Text(
                    $"on {canary.Sampled} clips it took {ratio:0.##} times as long as stable at the {100 * quantile:0}th percentile; {options.MaximumLatencyRatio:0.##} times is allowed (by chance: {chance:0.#e+0})."));
            }
        }

        return null;
    }

    private static CanaryVerdict? Shift(Tally canary, Tally stable, double probability, int seed, CanaryOptions options)
    {
        var index = PopulationShift.Index(canary.Predictions, stable.Predictions);
        if (index < options.MaximumShift)
        {
            return null;
        }

        var threshold = Math.Max(options.MaximumShift, PopulationShift.Threshold(canary.Predictions, stable.Predictions, probability, seed));
        return index <= threshold ? null : new CanaryVerdict("shift", Text(
            $"its predictions for {canary.Sampled} clips have a population stability index of {index:0.00} against {stable.Sampled} of stable; on so many, {threshold:0.00} is allowed."));
    }

    private static double LatencyRatio(Tally canary, Tally stable, double quantile) =>
        Tally.Ratio(Tally.Quantile(canary.Latencies, quantile), Tally.Quantile(stable.Latencies, quantile));

    private static double Rate(Tally tally) => tally.Count > 0 ? (double)tally.Failed / tally.Count : 0;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
