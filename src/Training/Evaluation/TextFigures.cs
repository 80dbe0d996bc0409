using System.Text.Json.Nodes;
using Emotion.Features;

namespace Emotion.Training.Evaluation;

/// <summary>F1 of labels that a text may carry several of, each against a threshold of its own.</summary>
public static class TextFigures
{
    private const int Draws = 101, Seed = 3;

    /// <summary>The threshold of each label that is best for its F1; of labels that nothing carries, one that is never passed.</summary>
    /// <param name="probabilities">A row of labels for each text.</param>
    /// <param name="carried">The labels that each text carries.</param>
    public static float[] Thresholds(IReadOnlyList<float[]> probabilities, IReadOnlyList<IReadOnlyList<int>> carried) =>
        [.. Enumerable.Range(0, EmotionLabels.Count).Select(label => Threshold(label, probabilities, carried))];

    /// <summary>
    /// Of each label the median of the best thresholds over resampled texts: where few texts carry a label, the one best threshold is much by chance.
    /// </summary>
    public static float[] SteadyThresholds(IReadOnlyList<float[]> probabilities, IReadOnlyList<IReadOnlyList<int>> carried)
    {
        var random = new Random(Seed);
        var draws = Enumerable.Range(0, Draws).Select(_ =>
        {
            int[] drawn = [.. Enumerable.Range(0, carried.Count).Select(_ => random.Next(carried.Count))];
            return Thresholds([.. drawn.Select(i => probabilities[i])], [.. drawn.Select(i => carried[i])]);
        }).ToList();
        return [.. Enumerable.Range(0, EmotionLabels.Count).Select(label => draws.Select(draw => draw[label]).Order().ElementAt(Draws / 2))];
    }

    /// <summary>F1 of each label, NaN for labels that nothing carries.</summary>
    public static double[] F1(IReadOnlyList<float[]> probabilities, IReadOnlyList<IReadOnlyList<int>> carried, IReadOnlyList<float> thresholds) =>
        [.. Enumerable.Range(0, EmotionLabels.Count).Select(label =>
        {
            var (hits, said, there) = (0, 0, 0);
            for (var i = 0; i < probabilities.Count; i++)
            {
                var (says, carries) = (probabilities[i][label] >= thresholds[label], carried[i].Contains(label));
                hits += says && carries ? 1 : 0;
                said += says ? 1 : 0;
                there += carries ? 1 : 0;
            }

            return there == 0 ? double.NaN : 2.0 * hits / (said + there);
        })];

    /// <summary>The mean over labels that something carries.</summary>
    public static double Macro(IEnumerable<double> f1) => f1.Where(one => !double.IsNaN(one)).Average();

    /// <summary>F1 of the one label of each text, weighted by how many texts have it.</summary>
    /// <param name="confusion">Rows true, columns predicted.</param>
    public static double WeightedF1(int[][] confusion)
    {
        var all = confusion.Sum(row => row.Sum());
        return Enumerable.Range(0, confusion.Length).Sum(label =>
        {
            var (there, said) = (confusion[label].Sum(), confusion.Sum(row => row[label]));
            return there == 0 ? 0 : 2.0 * confusion[label][label] / (there + said) * there / all;
        });
    }

    public static JsonObject ToJson(IReadOnlyList<double> f1)
    {
        var json = new JsonObject { ["macro_f1"] = Math.Round(Macro(f1), 4) };
        for (var label = 0; label < f1.Count; label++)
        {
            json[EmotionLabels.Names[label]] = double.IsNaN(f1[label]) ? null : Math.Round(f1[label], 4);
        }

        return json;
    }

    // Downwards through the texts: after each one, what F1 would be if the threshold were there.
    private static float Threshold(int label, IReadOnlyList<float[]> probabilities, IReadOnlyList<IReadOnlyList<int>> carried)
    {
        var order = Enumerable.Range(0, probabilities.Count).OrderByDescending(i => probabilities[i][label]).ToList();
        var there = carried.Count(labels => labels.Contains(label));
        var (hits, best, threshold) = (0, 0.0, float.PositiveInfinity);
        for (var said = 1; said <= order.Count; said++)
        {
            hits += carried[order[said - 1]].Contains(label) ? 1 : 0;
            var here = probabilities[order[said - 1]][label];
            if (said < order.Count && probabilities[order[said]][label] == here)
            {
                continue; // No threshold stands between equals.
            }

            if (2.0 * hits / (said + there) is var f1 && f1 > best)
            {
                (best, threshold) = (f1, here);
            }
        }

        return threshold;
    }
}
