using System.Globalization;
using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Training.Datasets;
using Emotion.Training.Packaging;

namespace Emotion.Training.Studies;

/// <summary>What a cell was, beside its posteriors: everything that a report has to say about where a figure comes from.</summary>
public sealed record CellResult
{
    public const string FileName = "cell.json";

    public required string Row { get; init; }
    public required string What { get; init; }
    public required int Fold { get; init; }
    public required int Seed { get; init; }
    public required int Epochs { get; init; }
    public required int TrainRecordings { get; init; }
    public required string Split { get; init; }
    public required double Temperature { get; init; }

    /// <summary>On whom the temperature (and what joins two branches) was fitted; none of them trained the cell's network or is in its test.</summary>
    public required IReadOnlyList<int> CalibrationActors { get; init; }

    /// <summary>Wall-clock time of the training, on a machine that may have had other work.</summary>
    public required double Hours { get; init; }
    public required long Parameters { get; init; }
    public required string Commit { get; init; }

    /// <summary>The package in the run's folder <c>packages</c>.</summary>
    public required string PackageVersion { get; init; }
    public required string DataDigest { get; init; }
    public required JsonObject Patch { get; init; }

    /// <summary>For another export of the same weights.</summary>
    public KnownTemperature KnownTemperature() => new(Temperature, People(CalibrationActors));

    /// <summary>Those who fitted it, for the reader of a manifest.</summary>
    internal static string People(IReadOnlyList<int> actors) =>
        $"validation actors ({string.Join(" ", actors)}), each heard by the network of the fold that he or she validates";
}

/// <summary>A line of a cell's <c>posteriors.csv</c>.</summary>
/// <param name="Part"><c>validation</c> or <c>test</c>.</param>
public sealed record CellPosterior(string Part, string Recording, int Label, float[] Posterior)
{
    public const string Validation = "validation";
    public const string Test = "test";
}

/// <summary>Reads and writes <c>posteriors.csv</c>.</summary>
public static class CellPosteriors
{
    public const string FileName = "posteriors.csv";
    public static readonly string Header = "part,recording,label," + string.Join(',', EmotionLabels.Names);

    public static void Write(string path, IEnumerable<CellPosterior> rows) => File.WriteAllLines(path, rows.Select(row =>
        $"{row.Part},{row.Recording},{EmotionLabels.Names[row.Label]}," +
        string.Join(',', row.Posterior.Select(p => p.ToString("F6", CultureInfo.InvariantCulture)))).Prepend(Header));

    /// <exception cref="CorpusException">A line is not what <see cref="Write"/> writes.</exception>
    public static IReadOnlyList<CellPosterior> Read(string path)
    {
        var lines = File.ReadAllLines(path);
        if (lines.Length == 0 || lines[0] != Header)
        {
            throw new CorpusException($"{path} must begin with the line '{Header}'.");
        }

        return [.. lines.Skip(1).Select((line, i) => Parse(line) ?? throw new CorpusException($"{path}, line {i + 2}: '{line}' is no posterior."))];
    }

    private static CellPosterior? Parse(string line)
    {
        var fields = line.Split(',');
        if (fields.Length != 3 + EmotionLabels.Count || !EmotionLabels.TryIndexOf(fields[2], out var label))
        {
            return null;
        }

        var posterior = new float[EmotionLabels.Count];
        for (var i = 0; i < posterior.Length; i++)
        {
            if (!float.TryParse(fields[3 + i], NumberStyles.Float, CultureInfo.InvariantCulture, out posterior[i]))
            {
                return null;
            }
        }

        return new CellPosterior(fields[0], fields[1], label, posterior);
    }
}
