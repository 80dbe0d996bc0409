using System.Text.Json.Nodes;
using Emotion.Features;

namespace Emotion.Training.Evaluation;

/// <summary>
/// What a recognizer is worth on labelled examples. UAR is the mean over labels of the share recognised of each (chance
/// 1/labels); WA the share of all; NLL the mean of -ln of the posterior of the true label; ECE the mean gap between the posterior of
/// the prediction and its share of hits, over 15 bins of equal width weighted by count (Guo et al. 2017).
/// </summary>
public sealed record Scores(int Count, double Uar, double Wa, double MacroF1, double Nll, double Ece, int[][] Confusion)
{
    private const int Bins = 15;

    /// <param name="posteriors">A row of <see cref="EmotionLabels.Count"/> per example.</param>
    /// <param name="labels">True labels.</param>
    /// <param name="covered">Labels that may be predicted; null for all. Predictions and figures are among these.</param>
    public static Scores Of(IReadOnlyList<float[]> posteriors, IReadOnlyList<int> labels, bool[]? covered = null)
    {
        var confusion = Enumerable.Range(0, EmotionLabels.Count).Select(_ => new int[EmotionLabels.Count]).ToArray();
        var (nll, hits, sure, counts) = (0.0, new double[Bins], new double[Bins], new int[Bins]);
        for (var i = 0; i < labels.Count; i++)
        {
            var posterior = posteriors[i];
            var prediction = Prediction(posterior, covered);
            confusion[labels[i]][prediction]++;
            nll += NllOf(posterior, labels[i]);
            var bin = Math.Clamp((int)(posterior[prediction] * Bins), 0, Bins - 1);
            counts[bin]++;
            sure[bin] += posterior[prediction];
            hits[bin] += prediction == labels[i] ? 1 : 0;
        }

        var ece = Enumerable.Range(0, Bins).Sum(bin => Math.Abs(hits[bin] - sure[bin]));
        var count = Math.Max(1, labels.Count);
        return new Scores(labels.Count, UarOf(confusion), WaOf(confusion), MacroF1Of(confusion), nll / count, ece / count, confusion);
    }

    public static int Prediction(ReadOnlySpan<float> posterior, bool[]? covered)
    {
        var best = -1;
        for (var label = 0; label < posterior.Length; label++)
        {
            if ((covered is null || covered[label]) && (best < 0 || posterior[label] > posterior[best]))
            {
                best = label;
            }
        }

        return best;
    }

    public override string ToString() => FormattableString.Invariant(
        $"UAR {Uar:P2}, WA {Wa:P2}, macro-F1 {MacroF1:P2}, NLL {Nll:F3}, ECE {Ece:F3}, n = {Count}");

    /// <summary>For manifests: figures rounded to what they are good for, and the confusion matrix, rows true and columns predicted.</summary>
    public JsonObject ToJson() => new()
    {
        ["n"] = Count,
        ["uar"] = Math.Round(Uar, 5),
        ["wa"] = Math.Round(Wa, 5),
        ["macroF1"] = Math.Round(MacroF1, 5),
        ["nll"] = Math.Round(Nll, 5),
        ["ece"] = Math.Round(Ece, 5),
        ["confusion"] = new JsonArray([.. Confusion.Select(row => (JsonNode)new JsonArray([.. row.Select(n => (JsonNode)n)]))]),
    };

    internal static double UarOf(int[][] confusion)
    {
        var recalls = confusion.Select((row, label) => (Total: row.Sum(), Hits: row[label])).Where(row => row.Total > 0).ToList();
        return recalls.Count == 0 ? 0 : recalls.Average(row => (double)row.Hits / row.Total);
    }

    internal static double WaOf(int[][] confusion)
    {
        var total = confusion.Sum(row => row.Sum());
        return total == 0 ? 0 : confusion.Select((row, label) => row[label]).Sum() / (double)total;
    }

    internal static double NllOf(float[] posterior, int label) => -Math.Log(Math.Max(posterior[label], 1e-12));

    internal static double MacroF1Of(int[][] confusion)
    {
        var f1 = new List<double>();
        for (var label = 0; label < confusion.Length; label++)
        {
            var (there, said) = (confusion[label].Sum(), confusion.Sum(row => row[label]));
            if (there > 0)
            {
                f1.Add(2.0 * confusion[label][label] / (there + said));
            }
        }

        return f1.Count == 0 ? 0 : f1.Average();
    }
}
