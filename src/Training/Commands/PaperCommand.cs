using System.CommandLine;
using System.Text.Json.Nodes;
using Emotion.Inference.Video;
using Emotion.Training.Datasets;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Reports;
using Emotion.Training.Studies.Paper;
using TorchSharp;

namespace Emotion.Training.Commands;

/// <summary><c>./emotion training reproduce-paper</c>: the reference paper's Table I and figures 5 to 7, as far as the corpora here allow.</summary>
internal static class PaperCommand
{
    public static Command Create(Option<string> packages)
    {
        string Runs(string name) => Path.Combine(DataRoot.RepositoryRoot(), ".emotion", "runs", name);
        var paired = new Option<string>("--paired-runs")
        {
            Description = "Folder of the paired study's networks; the one speech network that is needed is trained there if it is not there.", DefaultValueFactory = _ => Runs("paired"),
        };
        var runs = new Option<string>("--runs") { Description = "Folder of the fusions that are trained here.", DefaultValueFactory = _ => Runs("paper") };
        var threads = new Option<int>("--threads") { Description = "Of everything that is timed.", DefaultValueFactory = _ => 1 };
        var output = new Option<string>("--out")
        {
            Description = "Folder of the report.", DefaultValueFactory = _ => Path.Combine(DataRoot.RepositoryRoot(), "docs", "results"),
        };
        var fromCsv = new Option<bool>("--from-csv") { Description = "Counts the hits in the report's CSV files alone, and fails if paper.json says otherwise." };
        var faceRuns = new Option<string>("--face-runs")
        {
            Description = "Folder of the face study's cells: `./emotion training study face` trains them.", DefaultValueFactory = _ => Runs("face-study"),
        };
        var train = new Option<bool>("--train")
        {
            Description = "Trains first what the face study lacks, on all cores: two train its six networks in one to two hours, and what is cut off goes on.",
        };
        var command = new Command("reproduce-paper", "The reference paper's Table I and figures 5 to 7: with RAVDESS's films, else on drawn pairs, which it says.")
        {
            packages, faceRuns, paired, runs, threads, train, output, fromCsv,
        };
        command.SetAction((result, token) => TrainingCommandLine.GuardedAsync(async () =>
        {
            var paper = RecipeFile.Read<PaperSpec>("paper");
            var report = new PaperReport(result.GetValue(output)!, paper);
            if (result.GetValue(fromCsv))
            {
                return Told(report.Differences());
            }

            if (result.GetValue(train) && await TrainAsync(paper, result.GetValue(faceRuns)!, token) > 0)
            {
                return 1;
            }

            var count = result.GetValue(threads);
            torch.set_num_threads(count);
            var data = DataRoot.FromEnvironment();
            var drawn = await new DrawnTable(
                data, paper, result.GetValue(faceRuns)!, result.GetValue(paired)!, Path.Combine(result.GetValue(runs)!, "drawn"), count, TrainingCommandLine.Report).RunAsync(token);
            var films = FilmTable.CanRun(data, paper)
                ? await new FilmTable(
                    data, paper, await PackageFolder.NewestAsync(result.GetValue(packages)!, VideoModel.ModelName, token), result.GetValue(faceRuns)!,
                    result.GetValue(paired)!, Path.Combine(result.GetValue(runs)!, "films"), count, TrainingCommandLine.Report).RunAsync(token)
                : null;
            Console.WriteLine(report.Write(drawn, films, await PairedAsync(result.GetValue(output)!, token), Provenance.OfThisProcess("./emotion training reproduce-paper")));
            return 0;
        }));
        return command;
    }

    private static Task<int> TrainAsync(PaperSpec paper, string faceRuns, CancellationToken cancellationToken)
    {
        torch.set_num_threads(Environment.ProcessorCount);
        return FaceStudyCommand.RunAsync(RecipeFile.Read<FaceStudySpec>(paper.FaceStudy), [], faceRuns, Environment.ProcessorCount, cancellationToken);
    }

    private static int Told(IReadOnlyList<string> differences)
    {
        foreach (var difference in differences)
        {
            Console.Error.WriteLine(difference);
        }

        TrainingCommandLine.Report(differences.Count == 0 ? "the answers give what paper.json says" : $"{differences.Count} figures of paper.json are not what the answers give");
        return differences.Count == 0 ? 0 : 1;
    }

    private static async Task<JsonObject?> PairedAsync(string output, CancellationToken cancellationToken)
    {
        var file = Path.Combine(output, "fusion.json");
        return File.Exists(file) ? (JsonObject?)JsonNode.Parse(await File.ReadAllTextAsync(file, cancellationToken)) : null;
    }
}
