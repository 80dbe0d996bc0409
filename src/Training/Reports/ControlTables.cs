using Emotion.Features;
using Emotion.Training.Evaluation;

namespace Emotion.Training.Reports;

/// <summary>What shows whether the figures can be believed: labels shuffled, recordings split at random, a sentence never heard.</summary>
public static class ControlTables
{
    public const double Chance = 1.0 / EmotionLabels.Count;

    public static void Write(Markdown text, SpeechRow? main, PooledRow? shuffled, PooledRow? random, PooledRow? sentence)
    {
        text.Heading(2, "Controls");
        if (shuffled is not null)
        {
            var inside = shuffled.Figures.Uar.Contains(Chance);
            text.Paragraph(
                $"**Labels shuffled** within each actor, in training and validation ({shuffled.Name}, n = {shuffled.Figures.Scores.Count}): UAR " +
                $"{Markdown.Percent(shuffled.Figures.Scores.Uar, shuffled.Figures.Uar)}. Chance is {Markdown.Percent(Chance)}, and the interval " +
                (inside ? "contains it: no leak shows." : "**does not contain it: something leaks into the test parts.**"));
        }

        if (random is not null)
        {
            text.Paragraph(
                $"**LEAKING, for comparison only: recordings split at random** ({random.Name}, n = {random.Figures.Scores.Count}), the same actors in " +
                $"training and test: WA {Markdown.Percent(random.Figures.Scores.Wa, random.Figures.Wa)}, UAR {Markdown.Percent(random.Figures.Scores.Uar, random.Figures.Uar)}. "
                + Against(random, main, "What the leak is worth"));
        }

        if (sentence is not null)
        {
            text.Paragraph(
                $"**Sentence held out**: trained on one sentence, tested on unseen actors who say the other ({sentence.Name}, n = {sentence.Figures.Scores.Count}): UAR " +
                $"{Markdown.Percent(sentence.Figures.Scores.Uar, sentence.Figures.Uar)}, WA {Markdown.Percent(sentence.Figures.Scores.Wa, sentence.Figures.Wa)}. "
                + Against(sentence, main, "What the other sentence (and half as much to learn from) costs or gains"));
        }
    }

    /// <summary>Difference to the main row on the very same recordings; the interval resamples their actors.</summary>
    public static PairedDifference? Difference(IReadOnlyList<SpeechAnswer> answers, IReadOnlyList<SpeechAnswer>? main)
    {
        var others = (main ?? []).ToDictionary(answer => answer.Recording);
        var both = answers.Where(answer => others.ContainsKey(answer.Recording)).ToList();
        if (both.Count == 0)
        {
            return null;
        }

        var (mine, theirs) = (new ActorSums(both), new ActorSums([.. both.Select(answer => others[answer.Recording])]));
        double[] Of(ReadOnlySpan<int> times)
        {
            var (here, there) = (mine.Confusion(times), theirs.Confusion(times));
            return [Scores.UarOf(here) - Scores.UarOf(there), Scores.WaOf(here) - Scores.WaOf(there)];
        }

        var intervals = ActorBootstrap.Intervals(mine.Actors, Of);
        var differences = Of(Enumerable.Repeat(1, mine.Actors).ToArray());
        return new PairedDifference(both.Count, differences[0], intervals[0], differences[1], intervals[1]);
    }

    private static string Against(PooledRow row, SpeechRow? main, string what) => Difference(row.Answers, main?.Pooled) is not { } difference
        ? $"No recording of it is in a test part of `{SpeechStudyRows.Main}`, so there is nothing to compare it with."
        : $"{what}, against `{SpeechStudyRows.Main}` on the same {difference.Count} recordings: {Points(difference.Uar, difference.UarInterval)} points of UAR, " +
          $"{Points(difference.Wa, difference.WaInterval)} of WA.";

    internal static string Points(double value, Interval interval) =>
        $"{Markdown.Points(value)} ({Markdown.Points(interval.Low)} to {Markdown.Points(interval.High)})";
}

public sealed record PairedDifference(int Count, double Uar, Interval UarInterval, double Wa, Interval WaInterval);
