using Emotion.Training.Calibration;
using Emotion.Training.Commands;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Studies;

namespace Emotion.Training.Reports;

/// <summary>What a reader must know before she believes the headline.</summary>
internal static class SpeechCaveats
{
    public static void Write(Markdown text, SpeechRuns runs, IReadOnlyDictionary<string, PooledRow> pooled)
    {
        text.Paragraph(
            "A goal that lies inside an interval is reached or missed by chance. What was looked at before these figures: the second branch's layers were compared on validation parts " +
            "that together hold every actor; length and number of training actors were changed after the test parts of folds 1 and 2 had been seen; temperatures and the weights that " +
            "join the branches come from networks of other folds, which have heard a fold's test actors in training (one or two numbers; nothing else crosses folds). The ResNet hears " +
            "MFCC alone, but an auxiliary loss let it learn from the frozen encoder's view of the training recordings; without it: `ablation-no-teacher`.");
        foreach (var row in pooled.Values.Where(row => row.Name is SpeechStudyRows.Main or SpeechStudyRows.Best))
        {
            var abstained = row.Answers.Where(answer => answer.Posterior.Distinct().Count() == 1).ToList();
            text.Paragraph(abstained.Count == 0
                ? $"`{row.Name}` abstains on no recording."
                : $"`{row.Name}` abstains on {abstained.Count} of {row.Answers.Count} recordings (actor: recordings; {Actors(abstained)}), in which nothing sounds like speech to " +
                  $"the voice activity. They stand as uniform posteriors, which the tables read as neutral; neutral is true of {abstained.Count(answer => answer.Prediction == answer.Label)}.");
        }

        if (runs[SpeechStudyRows.Best] is { } best)
        {
            Branches(text, best);
        }
    }

    // Each branch alone, where it was kept: on validation recordings, by the networks of their folds.
    private static void Branches(Markdown text, SpeechRow row)
    {
        var network = Validation(row, TrainTwoBranch.NetworkPosteriors);
        var branch = Validation(row, TrainTwoBranch.BranchPosteriors);
        if (network.Count == 0 || branch.Count != network.Count)
        {
            return;
        }

        var joins = row.Cells.Where(cell => File.Exists(cell.PathOf(TrainTwoBranch.JoinFile)))
            .Select(cell => new RunFolder(cell.Folder).ReadJson<PoolWeights>(TrainTwoBranch.JoinFile));
        text.Paragraph(
            $"Each branch alone, on the {network.Count} validation recordings of the six folds: the ResNet {Uar(network)}, the encoder's branch {Uar(branch)}, both joined " +
            $"{Markdown.Percent(SpeechFigures.ScoresOf(row.PooledValidation).Uar)}. Weights of ResNet and branch by fold: " +
            string.Join(", ", joins.Select(join => $"{Markdown.Number(join.First, 2)} and {Markdown.Number(join.Second, 2)}")) + ".");
    }

    private static List<SpeechAnswer> Validation(SpeechRow row, string file) =>
        [.. row.Cells.Where(cell => File.Exists(cell.PathOf(file))).SelectMany(cell => PooledAnswers.PartOf(
            CellPosteriors.Read(cell.PathOf(file)), CellPosterior.Validation, cell.Facts.Fold))];

    private static string Uar(IReadOnlyList<SpeechAnswer> answers) => Markdown.Percent(SpeechFigures.ScoresOf(answers).Uar);

    private static string Actors(IEnumerable<SpeechAnswer> answers) =>
        string.Join(", ", answers.GroupBy(answer => answer.Actor).OrderBy(group => group.Key).Select(group => $"{group.Key:00}: {group.Count()}"));
}
