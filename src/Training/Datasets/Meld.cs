using System.Text;

namespace Emotion.Training.Datasets;

/// <summary>A line of dialogue and the emotion that annotators gave it, in MELD's own words.</summary>
/// <param name="Dialogue">Its number within the part.</param>
public sealed record MeldUtterance(string Text, string Emotion, string Dialogue);

/// <summary>
/// MELD's texts, a part a file: <c>1,"Oh, no!",Rachel,anger,negative,0,1,3,19,"00:14:40,629","00:14:47,385"</c>; number, utterance, speaker, emotion,
/// sentiment, dialogue and more that is not read.
/// </summary>
public static class Meld
{
    private const int UtteranceField = 1, EmotionField = 3, DialogueField = 5;

    /// <param name="part">train, dev or test.</param>
    public static IReadOnlyList<MeldUtterance> Read(DataRoot data, string part)
    {
        var file = data.Corpus("text", $"meld-{part}.csv");
        var rows = Rows(File.ReadAllText(file)).Skip(1).ToList();
        return rows.Find(row => row.Count <= DialogueField) is { } shortRow
            ? throw new CorpusException($"MELD: '{file}' has a row of {shortRow.Count} fields.")
            : [.. rows.Select(row => new MeldUtterance(row[UtteranceField], row[EmotionField], row[DialogueField]))];
    }

    /// <summary>RFC 4180: a field in quotes may hold commas, line ends, and quotes that are doubled.</summary>
    internal static IEnumerable<IReadOnlyList<string>> Rows(string csv)
    {
        var (row, field, quoted) = (new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < csv.Length; i++)
        {
            var character = csv[i];
            if (character == '"')
            {
                var doubled = quoted && i + 1 < csv.Length && csv[i + 1] == '"';
                field.Append(doubled ? "\"" : "");
                i += doubled ? 1 : 0;
                quoted = doubled || !quoted;
            }
            else if (quoted || character is not (',' or '\r' or '\n'))
            {
                field.Append(character);
            }
            else if (character != '\r')
            {
                row.Add(field.ToString());
                field.Clear();
                if (character == '\n')
                {
                    yield return row;
                    row = [];
                }
            }
        }

        if (row.Count > 0 || field.Length > 0)
        {
            yield return [.. row, field.ToString()];
        }
    }
}
