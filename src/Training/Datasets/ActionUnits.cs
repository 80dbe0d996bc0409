using System.Globalization;

namespace Emotion.Training.Datasets;

/// <summary>
/// RAVDESS's faces as numbers: of each audio-visual clip the mean over its pictures of OpenFace's 17 intensities and 18 presences of action units
/// (Ekman and Friesen's muscles of the face). No picture is at hand, and no training has made these numbers.
/// </summary>
/// <param name="Digest">SHA-256 of the file.</param>
/// <param name="Rows">By the clip's name, <c>01-01-08-02-01-01-19</c>.</param>
public sealed record ActionUnits(string Digest, IReadOnlyDictionary<string, float[]> Rows)
{
    public const int Count = 35;

    /// <exception cref="CorpusException">The file is missing, or is not what it is taken for.</exception>
    public static ActionUnits Read(DataRoot data)
    {
        var path = data.Corpus("ravdess", "action-units.csv");
        var lines = File.ReadAllLines(path);
        var rows = lines.Skip(1).Select((line, i) => Parse(line) ?? throw new CorpusException($"{path}, line {i + 2}: a name and {Count} numbers are wanted."));
        return new ActionUnits(DataDigest.Of(File.ReadAllBytes(path)), rows.ToDictionary(row => row.Name, row => row.Values, StringComparer.Ordinal));
    }

    /// <summary>Of the same performance as a recording of sound: <c>03-01-…</c> is <c>01-01-…</c> without its picture.</summary>
    /// <exception cref="CorpusException">There are none of it.</exception>
    public float[] Of(string recording) => Rows.TryGetValue(FilmOf(recording), out var row)
        ? row
        : throw new CorpusException($"There are no action units of '{recording}'.");

    /// <summary>The name of the film of a recording of sound.</summary>
    public static string FilmOf(string recording) => "01" + recording[2..];

    /// <example><c>01-01-01-01-01-01-01,0.0719388,…,0.346939</c></example>
    private static (string Name, float[] Values)? Parse(string line)
    {
        var fields = line.Split(',');
        var values = new float[Count];
        if (fields.Length != Count + 1)
        {
            return null;
        }

        for (var i = 0; i < Count; i++)
        {
            if (!float.TryParse(fields[i + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]))
            {
                return null;
            }
        }

        return (fields[0], values);
    }
}
