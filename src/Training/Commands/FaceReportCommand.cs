using System.CommandLine;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Recipes;
using Emotion.Training.Reports;

namespace Emotion.Training.Commands;

/// <summary><c>./emotion training report face</c>.</summary>
internal static class FaceReportCommand
{
    private const string ClipsVariable = "EMOTION_CLIPS";

    public static Command Create(Option<string> packages)
    {
        var output = new Option<string>("--out")
        {
            Description = "Folder of the report.", DefaultValueFactory = _ => Path.Combine(DataRoot.RepositoryRoot(), "docs", "results"),
        };
        var clips = new Option<string>("--clips")
        {
            Description = "Folder of labelled clips.",
            DefaultValueFactory = _ => Path.Combine(
                Environment.GetEnvironmentVariable(ClipsVariable) ?? Path.Combine(DataRoot.RepositoryRoot(), "..", "shared", "clips"), "labelled"),
        };
        var command = new Command("face", "Figures of the newest face package, and of the study's cells.") { packages, FaceStudyCommand.Runs, clips, output };
        command.SetAction((result, token) => TrainingCommandLine.GuardedAsync(async () =>
        {
            var figures = await FaceFigures.ComputeAsync(
                DataRoot.FromEnvironment(), result.GetValue(packages)!, result.GetValue(clips)!, TrainingCommandLine.Report, token);
            new FaceReport(result.GetValue(output)!).Write(
                figures, Cells(result.GetValue(FaceStudyCommand.Runs)!), Provenance.OfThisProcess("./emotion training report face"));
            return 0;
        }));
        return command;
    }

    private static List<FaceCell> Cells(string runs) =>
    [
        .. RecipeFile.Read<FaceStudySpec>("face-study").Cells
            .Select(cell => new RunFolder(Path.Combine(runs, cell.Name)))
            .Where(run => File.Exists(run.FilePath(FaceCell.FileName)))
            .Select(run => run.ReadJson<FaceCell>(FaceCell.FileName)),
    ];
}
