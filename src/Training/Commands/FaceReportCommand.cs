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
    public static Command Create(Option<string> packages)
    {
        var output = new Option<string>("--out")
        {
            Description = "Folder of the report.", DefaultValueFactory = _ => Path.Combine(DataRoot.RepositoryRoot(), "docs", "results"),
        };
        var clips = new Option<string>("--clips")
        {
            Description = "Folder of labelled clips.",
            DefaultValueFactory = _ => DataRoot.FromEnvironment().LabelledClips,
        };
        var run = new Option<string>("--video-run")
        {
            Description = "Folder of the package's face run, to judge its network in floats and in integers; without it what the manifest says is told.",
            DefaultValueFactory = _ => Path.Combine(DataRoot.RepositoryRoot(), ".emotion", "runs", "video"),
        };
        var command = new Command("face", "Figures of the newest face package, and of the study's cells.") { packages, run, FaceStudyCommand.Runs, clips, output };
        command.SetAction((result, token) => TrainingCommandLine.GuardedAsync(async () =>
        {
            var figures = await FaceFigures.ComputeAsync(
                DataRoot.FromEnvironment(), result.GetValue(packages)!, result.GetValue(clips)!, new RunFolder(result.GetValue(run)!),
                TrainingCommandLine.Report, token);
            var report = result.GetValue(output)!;
            new FaceReport(report).Write(
                figures, Cells(result.GetValue(FaceStudyCommand.Runs)!, FaceReport.CellsIn(report)), Provenance.OfThisProcess("./emotion training report face"));
            return 0;
        }));
        return command;
    }

    /// <param name="runs">Folder of the cells.</param>
    /// <param name="before">Those of the report that is there: a cell whose run is elsewhere stays told, as long as it is of the study's recipe.</param>
    internal static StudyCells Cells(string runs, IReadOnlyList<FaceCell> before)
    {
        var study = RecipeFile.Read<FaceStudySpec>("face-study");
        var (told, notRun, others) = (new List<FaceCell>(), new List<string>(), new List<string>());
        foreach (var cell in study.Cells)
        {
            var run = new RunFolder(Path.Combine(runs, cell.Name));
            if (!run.Has(FaceCell.FileName))
            {
                if (before.FirstOrDefault(one => one.Name == cell.Name && one.Recipe == RecipeFile.Digest(study.RecipeOf(cell))) is { } kept)
                {
                    told.Add(kept);
                }
                else
                {
                    notRun.Add(cell.Name);
                }
            }
            else if (run.ReadJson<FaceCell>(FaceCell.FileName) is var there && FaceStudyCommand.IsOf(there, run, study.RecipeOf(cell)))
            {
                told.Add(there);
            }
            else
            {
                others.Add(cell.Name);
            }
        }

        return new StudyCells(told, notRun, others);
    }
}
