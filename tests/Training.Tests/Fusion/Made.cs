using Emotion.Features;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Recipes;
using Emotion.Training.Studies;
using Emotion.Training.Studies.Paired;
using Emotion.Training.Tests.Reports;

namespace Emotion.Training.Tests.Fusion;

/// <summary>Cells as the paired study leaves them, of rows that answer by the dice.</summary>
internal static class Made
{
    public static PairedRows Rows { get; } = new(RecipeFile.Read<PairedStudySpec>("paired-study"));

    /// <param name="rows">Null for those of the study as shipped.</param>
    public static PairedCell Cell(string protocol, int fold, string study, PairedRows? rows = null) => new()
    {
        Protocol = protocol, Labels = LabelsOf(protocol), Fold = fold, Seed = 1, Split = "by actor", TestActors = StudyFolder.Folds[fold - 1],
        HeldActors = StudyFolder.Folds[PairedFolds.Held(fold) - 1], WholeClips = 240, PartialClips = 960, TestClips = 240,
        Rows = (rows ?? Rows).All.ToDictionary(row => row.Name, _ => new PairedRowFit(1.25, 0.4)), Weights = (rows ?? Rows).Modalities.ToDictionary(name => name, _ => 0.8),
        Epochs = (rows ?? Rows).Modalities.ToDictionary(name => name, _ => 30), Hours = 0.5, Commit = new string('a', 40),
        DataDigests = new Dictionary<string, string> { ["RAVDESS speech"] = new string('d', 64) }, Study = study,
    };

    /// <param name="right">Chance of each row to know.</param>
    /// <param name="rows">Null for those of the study as shipped.</param>
    public static void AddCell(string runs, string protocol, int fold, string study, Func<string, double> right, PairedRows? rows = null)
    {
        var run = new RunFolder(Path.Combine(runs, protocol, $"fold-{fold}"));
        Directory.CreateDirectory(run.FilePath(PairedCell.AnswersFolder));
        var covered = EmotionLabels.Mask(LabelsOf(protocol));
        var clips = StudyFolder.Folds[fold - 1].SelectMany(StudyFolder.Recordings).Where(name => covered[Ravdess.Parse(name).Label]).ToList();
        foreach (var row in (rows ?? Rows).All)
        {
            var random = new Random(10 * fold + row.Name.Length);
            CellPosteriors.Write(run.FilePath(Path.Combine(PairedCell.AnswersFolder, row.Name + ".csv")),
                clips.Select(name => StudyFolder.Answer(CellPosterior.Test, name, right(row.Name), random, covered)));
        }

        run.WriteJson(PairedCell.FileName, Cell(protocol, fold, study, rows));
    }

    private static IReadOnlyList<string> LabelsOf(string protocol) => protocol == "paired6" ? EmotionLabels.PaperSix : EmotionLabels.Names;
}
