using System.Diagnostics;
using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Inference.Text;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;

namespace Emotion.Training.Evaluation;

/// <summary>What the served classifier says of a part of both text corpora.</summary>
/// <param name="GoEmotions">Its texts that carry one label.</param>
/// <param name="Meld">All of its texts.</param>
/// <param name="Each">Of all texts of GoEmotions, the probability of each label by itself.</param>
/// <param name="Carried">The labels that they carry.</param>
/// <param name="Milliseconds">Of each text, tokenizing included; on a busy machine they say nothing.</param>
public sealed record TextJudgement(
    Judged GoEmotions, Judged Meld, IReadOnlyList<float[]> Each, IReadOnlyList<IReadOnlyList<int>> Carried, IReadOnlyList<double> Milliseconds)
{
    public double MeldWeightedF1 => TextFigures.WeightedF1(Meld.Scores.Confusion);

    /// <summary>F1 of each label at the thresholds of the package.</summary>
    public double[] F1(TextClassifierSpec spec) => TextFigures.F1(Each, Carried, [.. spec.Thresholds.Select(threshold => (float)threshold)]);

    public JsonObject ToJson(TextClassifierSpec spec)
    {
        var meld = Meld.ToJson();
        meld["weighted_f1"] = Math.Round(MeldWeightedF1, 4);
        return new JsonObject
        {
            ["goemotions_ekman"] = TextFigures.ToJson(F1(spec)),
            ["goemotions"] = GoEmotions.ToJson(),
            ["meld"] = meld,
            ["ms_per_sentence"] = Math.Round(Milliseconds.Order().ElementAt(Milliseconds.Count / 2), 3),
        };
    }
}

/// <summary>Runs texts through the classifier of a text package, as serving does.</summary>
public static class ServedText
{
    private static readonly float[] Nothing =
        [.. TrainText.Covered.Select(covered => covered ? 1f / TrainText.Covered.Count(one => one) : 0)];

    /// <param name="part">dev or test.</param>
    public static TextJudgement Judge(TextClassifier classifier, DataRoot data, string part)
    {
        var times = new List<double>();
        TextReading? Read(LabelledText text)
        {
            var started = Stopwatch.GetTimestamp();
            var reading = classifier.Classify(text.Text);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            return reading;
        }

        var comments = GoEmotions.Read(data, part).Select(text => (Text: text, Reading: Read(text))).ToList();
        var lines = TrainText.Read(data, "meld", part).Select(text => (Text: text, Reading: Read(text))).ToList();
        return new TextJudgement(
            Single($"GoEmotions, {part}, comments of one label", [.. comments.Where(one => one.Text.Labels.Count == 1)]),
            Single($"MELD, {part}", lines),
            [.. comments.Select(one => one.Reading?.Each ?? new float[EmotionLabels.Count])],
            [.. comments.Select(one => one.Text.Labels)],
            times);
    }

    private static Judged Single(string set, IReadOnlyList<(LabelledText Text, TextReading? Reading)> texts) => new(
        set, [.. texts.Select(one => one.Text.Labels[0])], [.. texts.Select(one => one.Reading?.Posterior ?? Nothing)], TrainText.Covered);
}
