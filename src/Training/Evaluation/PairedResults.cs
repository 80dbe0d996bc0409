using System.Text.Json;
using Emotion.Training.Datasets;
using Emotion.Training.Recipes;
using Emotion.Training.Studies;
using Emotion.Training.Studies.Paired;

namespace Emotion.Training.Evaluation;

/// <summary>A finished cell of the paired study, and what its rows answered to the test part.</summary>
public sealed record PairedCellAnswers(PairedCell Facts, IReadOnlyDictionary<string, IReadOnlyList<SpeechAnswer>> Test);

/// <summary>One protocol of the paired study: its finished cells, pooled over their test parts.</summary>
public sealed record PairedResults(string Name, IReadOnlyList<string> Labels, PairedRows Table, IReadOnlyList<PairedCellAnswers> Cells)
{
    /// <summary>By row, in order of the recordings' names.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<SpeechAnswer>> Rows { get; } = Table.All.ToDictionary(
        row => row.Name,
        row => (IReadOnlyList<SpeechAnswer>)[.. Cells.SelectMany(cell => cell.Test[row.Name]).OrderBy(answer => answer.Recording, StringComparer.Ordinal)]);

    /// <summary>Finished cells below a folder of runs, by protocol.</summary>
    /// <param name="told">Cells of the same study that an earlier report tells: they stand for those that the folder lacks. Null for none.</param>
    /// <exception cref="CorpusException">Cells are of different studies, or an answer is missing.</exception>
    public static IReadOnlyList<PairedResults> Read(string folder, PairedStudySpec study, IReadOnlyList<PairedCellAnswers>? told = null)
    {
        var (rows, digest) = (new PairedRows(study), RecipeFile.Digest(study));
        IReadOnlyList<PairedCellAnswers> Cells(string protocol)
        {
            var finished = Finished(Path.Combine(folder, protocol), rows);
            var others = told?.Where(cell => cell.Facts.Protocol == protocol && cell.Facts.Study == digest && finished.TrueForAll(one => one.Facts.Fold != cell.Facts.Fold));
            return [.. finished.Concat(others ?? []).OrderBy(cell => cell.Facts.Fold)];
        }

        var found = study.Protocols.Select(protocol => new PairedResults(protocol.Name, protocol.Labels, rows, Cells(protocol.Name))).ToList();
        return found.SelectMany(results => results.Cells).FirstOrDefault(cell => cell.Facts.Study != digest) is { } other
            ? throw new CorpusException($"'{folder}': {other.Facts.Protocol}, fold {other.Facts.Fold} was made by other numbers than this study's.")
            : found;
    }

    /// <summary>
    /// What is left where only answers at or above each fold's threshold count, which held actors chose: how many of all, and the share of them that is right,
    /// with its interval over actors.
    /// </summary>
    public AccuracyOfAnswered Selective(string row)
    {
        var kept = Cells.SelectMany(cell => cell.Test[row].Where(answer => answer.Confidence >= cell.Facts.Rows[row].UncertainBelow)).ToList();
        var (low, high) = kept.Count == 0 ? (0, 1) : Bootstrap.MeanInterval(
            [.. kept.Select(answer => answer.Prediction == answer.Label ? 1.0 : 0)], [.. kept.Select(answer => $"{answer.Actor:00}")]);
        return new AccuracyOfAnswered(
            Rows[row].Count, kept.Count, kept.Count == 0 ? 0 : kept.Count(answer => answer.Prediction == answer.Label) / (double)kept.Count, new Interval(low, high));
    }

    private static List<PairedCellAnswers> Finished(string folder, PairedRows rows) =>
    [
        .. (Directory.Exists(folder) ? Directory.GetDirectories(folder, "fold-*") : [])
            .Where(cell => File.Exists(Path.Combine(cell, PairedCell.FileName))).Select(cell => Cell(cell, rows)).OrderBy(cell => cell.Facts.Fold),
    ];

    private static PairedCellAnswers Cell(string folder, PairedRows rows)
    {
        var facts = JsonSerializer.Deserialize<PairedCell>(File.ReadAllText(Path.Combine(folder, PairedCell.FileName)), SpeechRuns.Json)!;
        return new PairedCellAnswers(facts, rows.All.ToDictionary(row => row.Name, row => PooledAnswers.PartOf(
            CellPosteriors.Read(Path.Combine(folder, PairedCell.AnswersFolder, row.Name + ".csv")), CellPosterior.Test, facts.Fold)));
    }
}

/// <param name="Count">Of all clips.</param>
/// <param name="Answered">Of those that were sure enough.</param>
/// <param name="Accuracy">Of the answered.</param>
/// <param name="Interval">95 % of it, over actors.</param>
public sealed record AccuracyOfAnswered(int Count, int Answered, double Accuracy, Interval Interval)
{
    public double Coverage => Count == 0 ? 0 : (double)Answered / Count;
}
