using System.Globalization;
using Emotion.Features;

namespace Emotion.Training.Datasets;

/// <summary>A text and which of our labels it carries.</summary>
/// <param name="Labels">Indices of our labels, at least one.</param>
/// <param name="Corpus">GoEmotions may give several labels, MELD gives one.</param>
public sealed record LabelledText(string Text, IReadOnlyList<int> Labels, CorpusLabels Corpus)
{
    /// <summary>The corpus's own labels, where it has finer ones than we.</summary>
    public IReadOnlyList<int> Fine { get; init; } = [];

    /// <summary>What belongs together, and must be drawn together: MELD's dialogue; a comment is by itself.</summary>
    public string Group { get; init; } = "";
}

/// <summary>
/// GoEmotions' comments, one a line: text, numbers of <c>goemotions-labels.txt</c> joined by commas, an identifier; between them tabs. Its 28
/// labels are brought to ours by the Ekman grouping of its paper.
/// </summary>
public static class GoEmotions
{
    /// <summary>How many labels it has of its own.</summary>
    public const int FineLabels = 28;

    /// <param name="part">train, dev or test.</param>
    public static IReadOnlyList<LabelledText> Read(DataRoot data, string part)
    {
        var names = File.ReadAllLines(data.Corpus("text", "goemotions-labels.txt"));
        return [.. File.ReadLines(data.Corpus("text", $"goemotions-{part}.tsv")).Select(line => Parse(line, names))];
    }

    internal static LabelledText Parse(string line, IReadOnlyList<string> names)
    {
        var fields = line.Split('\t');
        if (fields.Length != 3)
        {
            throw new CorpusException($"GoEmotions: a line has {fields.Length} fields, not text, labels and identifier.");
        }

        int[] fine = [.. fields[1].Split(',').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        var labels = fine.Select(number => CorpusLabels.GoEmotions.IndexOf(names[number])).OfType<int>();
        return new LabelledText(fields[0], [.. labels.Distinct().Order()], CorpusLabels.GoEmotions) { Fine = fine, Group = fields[2] };
    }
}
