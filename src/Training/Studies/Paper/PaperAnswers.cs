using System.Globalization;
using Emotion.Features;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;

namespace Emotion.Training.Studies.Paper;

/// <summary>
/// A cell's answers as a file: the pair, the label, what each other row said of it, and fusion's posterior over the paper's labels, from which its figures can be
/// computed anew.
/// </summary>
public static class PaperAnswers
{
    private const int Words = 3;

    public static void Write(string path, PaperSpec paper, PaperCell cell)
    {
        int[] labels = [.. paper.Labels.Select(EmotionLabels.IndexOf)];
        string[] rows = [.. PaperRows.All.Where(cell.Rows.ContainsKey)];
        var allowed = EmotionLabels.Mask(paper.Labels);
        File.WriteAllLines(path, cell.Pairs.Select((pair, i) =>
        {
            var said = rows.Select(row => EmotionLabels.Names[Scores.Prediction(cell.Rows[row].Posteriors[i], allowed)]);
            var fused = labels.Select(label => cell.Rows[PaperRows.Fused].Posteriors[i][label].ToString("F3", CultureInfo.InvariantCulture));
            return string.Join(',', [pair.Face, pair.Recording, EmotionLabels.Names[cell.Rows[PaperRows.Fused].Labels[i]], .. said, .. fused]);
        }).Prepend(string.Join(',', ["face", "recording", "label", .. rows, .. paper.Labels])));
    }

    /// <returns>By row, the share of hits, of all and as a mean over the labels; of the predictions in the file alone.</returns>
    /// <exception cref="CorpusException">A line has too few or too many fields.</exception>
    public static IReadOnlyDictionary<string, (double Wa, double Uar)> Hits(string path, PaperSpec paper)
    {
        var lines = File.ReadAllLines(path);
        string[] rows = lines[0].Split(',')[Words..^paper.Labels.Count];
        var answers = new List<string[]>(lines.Length);
        foreach (var (i, line) in lines.Index().Skip(1))
        {
            var fields = line.Split(',');
            if (fields.Length != Words + rows.Length + paper.Labels.Count)
            {
                throw new CorpusException($"{path}, line {i + 1}: {fields.Length} fields, {Words + rows.Length + paper.Labels.Count} are wanted.");
            }

            answers.Add(fields);
        }

        var labels = answers.GroupBy(fields => fields[Words - 1]).ToList();
        return rows.Index().ToDictionary(row => row.Item, row =>
        {
            double Share(IEnumerable<string[]> some) => some.Average(fields => fields[Words + row.Index] == fields[Words - 1] ? 1.0 : 0);
            return answers.Count == 0 ? (0, 0) : (Share(answers), labels.Average(Share));
        });
    }
}
