using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Inference.Text;

namespace Emotion.Training.Evaluation;

/// <summary>
/// What a text classifier is worth on the test parts, with 95 % intervals: comments are resampled one by one, lines of MELD with their whole dialogue, since they are alike.
/// </summary>
public sealed class TextWorth
{
    private readonly byte[] _said, _carried;
    private readonly ActorSums _lines;

    public TextWorth(TextJudgement judgement, TextClassifierSpec spec)
    {
        Judgement = judgement;
        _said = [.. judgement.Each.Select(each => Bits(Enumerable.Range(0, each.Length).Where(label => each[label] >= (float)spec.Thresholds[label])))];
        _carried = [.. judgement.Carried.Select(Bits)];
        List<GroupedAnswer> lines = [.. Grouped(judgement.Lines)];
        _lines = new ActorSums(lines);
        F1 = F1Of(Once(_said.Length));
        var draws = ActorBootstrap.Intervals(_said.Length, times =>
        {
            var f1 = F1Of(times);
            return [TextFigures.Macro(f1), .. f1.Select(one => double.IsNaN(one) ? 0 : one)];
        });
        (MacroInterval, F1Intervals) = (draws[0], draws[1..]);
        WeightedInterval = ActorBootstrap.Intervals(_lines.Actors, times => [WeightedF1Of(times)])[0];
        LineAnswers = lines;
        CommentAnswers = [.. judgement.Comments.Where(comment => comment.Text.Labels.Count == 1)
            .Select((comment, i) => new GroupedAnswer(i, comment.Text.Labels[0], comment.Posterior))];
        (Comments, Lines) = (SpeechFigures.Of(CommentAnswers), SpeechFigures.Of(LineAnswers));
    }

    public TextJudgement Judgement { get; }

    /// <summary>Comments that carry one label, and what the posterior says of them.</summary>
    public IReadOnlyList<GroupedAnswer> CommentAnswers { get; }

    public IReadOnlyList<GroupedAnswer> LineAnswers { get; }

    public SpeechFigures Comments { get; }

    public SpeechFigures Lines { get; }

    /// <summary>Of each label on all comments, NaN for labels that nothing carries.</summary>
    public double[] F1 { get; }

    public Interval[] F1Intervals { get; }

    public double MacroF1 => TextFigures.Macro(F1);

    public Interval MacroInterval { get; }

    public double WeightedF1 => TextFigures.WeightedF1(Lines.Scores.Confusion);

    public Interval WeightedInterval { get; }

    /// <summary>The larger of the two parts' calibration errors.</summary>
    public double Ece => Math.Max(Comments.Ece, Lines.Ece);

    /// <summary>How many comments carry each label.</summary>
    public int CarriedBy(int label) => _carried.Count(bits => (bits >> label & 1) == 1);

    /// <summary>How much better this is than another, on the same texts; intervals of the difference.</summary>
    public (double Macro, Interval MacroInterval, double Weighted, Interval WeightedInterval) Less(TextWorth other) => (
        MacroF1 - other.MacroF1,
        ActorBootstrap.Intervals(_said.Length, times => [TextFigures.Macro(F1Of(times)) - TextFigures.Macro(other.F1Of(times))])[0],
        WeightedF1 - other.WeightedF1,
        ActorBootstrap.Intervals(_lines.Actors, times => [WeightedF1Of(times) - other.WeightedF1Of(times)])[0]);

    /// <summary>Fractions, not per cent.</summary>
    public JsonObject ToJson()
    {
        var ekman = new JsonObject
        {
            ["macro_f1"] = SpeechFigures.Rounded(MacroF1),
            ["macro_f1_interval95"] = SpeechFigures.Pair(MacroInterval),
            ["n"] = _said.Length,
            ["f1"] = new JsonObject(Labels().Select(label => KeyValuePair.Create<string, JsonNode?>(EmotionLabels.Names[label], SpeechFigures.Rounded(F1[label])))),
        };
        var meld = Lines.ToJson("dialogues");
        meld.Insert(0, "weighted_f1", SpeechFigures.Rounded(WeightedF1));
        meld.Insert(1, "weighted_f1_interval95", SpeechFigures.Pair(WeightedInterval));
        return new JsonObject { ["goemotions_ekman"] = ekman, ["goemotions"] = Comments.ToJson("comments"), ["meld"] = meld };
    }

    /// <summary>Labels that some comment carries.</summary>
    public IEnumerable<int> Labels() => Enumerable.Range(0, F1.Length).Where(label => !double.IsNaN(F1[label]));

    private double WeightedF1Of(ReadOnlySpan<int> times) => TextFigures.WeightedF1(_lines.Confusion(times));

    private double[] F1Of(ReadOnlySpan<int> times)
    {
        Span<int> hits = stackalloc int[EmotionLabels.Count], both = stackalloc int[EmotionLabels.Count], there = stackalloc int[EmotionLabels.Count];
        for (var i = 0; i < times.Length; i++)
        {
            for (var label = 0; label < EmotionLabels.Count && times[i] > 0; label++)
            {
                var (says, carries) = (_said[i] >> label & 1, _carried[i] >> label & 1);
                hits[label] += times[i] * (says & carries);
                both[label] += times[i] * (says + carries);
                there[label] += times[i] * carries;
            }
        }

        var f1 = new double[EmotionLabels.Count];
        for (var label = 0; label < f1.Length; label++)
        {
            f1[label] = there[label] == 0 ? double.NaN : 2.0 * hits[label] / both[label];
        }

        return f1;
    }

    private static IEnumerable<GroupedAnswer> Grouped(IReadOnlyList<JudgedText> lines)
    {
        var dialogues = lines.Select(line => line.Text.Group).Distinct().Select((name, i) => (name, i)).ToDictionary(pair => pair.name, pair => pair.i);
        return lines.Select(line => new GroupedAnswer(dialogues[line.Text.Group], line.Text.Labels[0], line.Posterior));
    }

    private static byte Bits(IEnumerable<int> labels) => (byte)labels.Aggregate(0, (bits, label) => bits | 1 << label);

    private static int[] Once(int count) => [.. Enumerable.Repeat(1, count)];
}
