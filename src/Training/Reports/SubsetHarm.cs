using Emotion.Training.Evaluation;
using Emotion.Training.Studies.Paired;

namespace Emotion.Training.Reports;

/// <summary>Fusion on a subset of the modalities, beside the best of them alone: the best on these very clips, which has the luck on its side.</summary>
/// <param name="Difference">Of fusion less the best, on the same clips; its intervals draw actors.</param>
public sealed record SubsetHarm(string Subset, string Best, SpeechFigures Fused, SpeechFigures Alone, PairedDifference Difference)
{
    /// <param name="figures">Of a row's answers.</param>
    public static IReadOnlyList<SubsetHarm> Of(PairedResults results, Func<string, SpeechFigures> figures) =>
    [
        .. results.Table.OnSubsets.Append(results.Table.Together[^1]).Select(row =>
        {
            var alone = results.Table.Alone.Where(one => (row.Subset.Bits & one.Subset.Bits) != 0)
                .Select(one => (one.Name, Figures: figures(one.Name))).MaxBy(one => one.Figures.Scores.Uar);
            return new SubsetHarm(
                row.Subset.Name, alone.Name, figures(row.Name), alone.Figures,
                ControlTables.Difference(results.Rows[row.Name], results.Rows[alone.Name])!);
        }),
    ];

    /// <summary>Of UAR, as a fraction; below 0 where fusion is better.</summary>
    public double Loss => -Difference.Uar;
}
