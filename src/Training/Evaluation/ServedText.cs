using System.Diagnostics;
using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Inference.Text;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Packaging;
using Emotion.Training.Reports;

namespace Emotion.Training.Evaluation;

/// <summary>A text, and what the served classifier says of it.</summary>
public sealed record JudgedText(LabelledText Text, float[] Posterior, float[] Each);

/// <summary>What the served classifier says of a part of both text corpora.</summary>
/// <param name="Comments">GoEmotions.</param>
/// <param name="Lines">MELD.</param>
/// <param name="Milliseconds">Of each text, tokenizing included; on a busy machine they say nothing.</param>
public sealed record TextJudgement(string Part, IReadOnlyList<JudgedText> Comments, IReadOnlyList<JudgedText> Lines, IReadOnlyList<double> Milliseconds)
{
    /// <summary>Processes that wanted to run, before and after; null where unknown.</summary>
    public (double? Before, double? After) Load { get; init; }

    /// <summary>Comments that carry one label.</summary>
    public Judged GoEmotions { get; } = Single($"GoEmotions, {Part}, comments of one label", Comments.Where(comment => comment.Text.Labels.Count == 1));

    /// <summary>Lines of one dialogue are alike: intervals are over dialogues.</summary>
    public Judged Meld { get; } = Single($"MELD, {Part}", Lines) with { Subjects = [.. Lines.Select(line => line.Text.Group)] };

    /// <summary>Of all comments, the probability of each label by itself.</summary>
    public IReadOnlyList<float[]> Each { get; } = [.. Comments.Select(comment => comment.Each)];

    /// <summary>The labels that they carry.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Carried { get; } = [.. Comments.Select(comment => comment.Text.Labels)];

    public double MeldWeightedF1 => TextFigures.WeightedF1(Meld.Scores.Confusion);

    public double MedianMilliseconds => Milliseconds.Order().ElementAt(Milliseconds.Count / 2);

    /// <summary>F1 of each label at the thresholds of the package.</summary>
    public double[] F1(TextClassifierSpec spec) => TextFigures.F1(Each, Carried, [.. spec.Thresholds.Select(threshold => (float)threshold)]);

    public JsonObject ToJson(TextClassifierSpec spec)
    {
        var (comments, meld) = (GoEmotions.ToJson(), Meld.ToJson());
        comments[MassEce] = Math.Round(EceOf(GoEmotions), 5);
        meld[MassEce] = Math.Round(EceOf(Meld), 5);
        meld["weighted_f1"] = Math.Round(MeldWeightedF1, 4);
        var weighted = Bootstrap.Interval(Meld, TextFigures.WeightedF1);
        meld["weightedF1Interval95"] = new JsonArray(Math.Round(weighted.Low, 4), Math.Round(weighted.High, 4));
        return new JsonObject
        {
            ["goemotions_ekman"] = TextFigures.ToJson(F1(spec)),
            ["goemotions"] = comments,
            ["meld"] = meld,
            ["ms_per_sentence"] = Math.Round(MedianMilliseconds, 3),
            ["threads"] = PackageFolder.TimedThreads,
            ["load_average"] = Loads(),
        };
    }

    public JsonArray Loads() => new(Load.Before, Load.After);

    /// <summary>The calibration error that reports give, over bins of equal mass; <c>ece</c> of a manifest is the older one over bins of equal width.</summary>
    public const string MassEce = "eceEqualMass";

    public static double EceOf(Judged judged) => EqualMassCalibration.Error(
        [.. judged.Labels.Select((label, i) => new GroupedAnswer(i, label, judged.Posteriors[i]))]);

    private static Judged Single(string set, IEnumerable<JudgedText> texts)
    {
        var all = texts.ToList();
        return new Judged(set, [.. all.Select(one => one.Text.Labels[0])], [.. all.Select(one => one.Posterior)], TrainText.Covered);
    }
}

/// <summary>Runs texts through the classifier of a text package, as serving does.</summary>
public static class ServedText
{
    /// <summary>What is said of no words at all.</summary>
    internal static readonly float[] Nothing =
        [.. TrainText.Covered.Select(covered => covered ? 1f / TrainText.Covered.Count(one => one) : 0)];

    /// <param name="part">dev or test.</param>
    public static TextJudgement Judge(TextClassifier classifier, DataRoot data, string part, CancellationToken cancellationToken)
    {
        var (times, load) = (new List<double>(), Provenance.LoadAverage());
        // Once before it counts: buffers grow and code is compiled with the first.
        classifier.Classify("what a lovely day");
        JudgedText Read(LabelledText text)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var started = Stopwatch.GetTimestamp();
            var reading = classifier.Classify(text.Text);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            return new JudgedText(text, reading?.Posterior ?? Nothing, reading?.Each ?? new float[EmotionLabels.Count]);
        }

        return new TextJudgement(part, [.. GoEmotions.Read(data, part).Select(Read)], [.. TrainText.Read(data, "meld", part).Select(Read)], times)
        {
            Load = (load, Provenance.LoadAverage()),
        };
    }
}
