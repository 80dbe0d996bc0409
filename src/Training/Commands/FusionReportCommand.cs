using System.CommandLine;
using System.Text.Json.Nodes;
using Emotion.Inference.Fusion;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Packaging;
using Emotion.Training.Reports;

namespace Emotion.Training.Commands;

/// <summary><c>report fusion</c>: what fusion is worth on the paired corpus, and the shipped one on drawn tuples.</summary>
internal static class FusionReportCommand
{
    private const string Name = "fusion";

    public static Command Create(Option<string> packages)
    {
        var output = new Option<string>("--out")
        {
            Description = "Folder of the report.", DefaultValueFactory = _ => Path.Combine(DataRoot.RepositoryRoot(), "docs", "results"),
        };
        var fromCsv = new Option<bool>("--from-csv")
        {
            Description = "Prints the tables, computed from the report's CSV files alone, and fails if fusion.json says otherwise.",
        };
        var command = new Command(Name, "Figures of the paired study, and of the shipped fusion on drawn tuples.")
        {
            packages, output, fromCsv,
        };
        foreach (var option in PairedStudyCommand.Common)
        {
            command.Add(option);
        }

        command.SetAction((result, token) => TrainingCommandLine.GuardedAsync(async () =>
        {
            var (study, runs) = PairedStudyCommand.Asked(result);
            var report = new FusionReport(result.GetValue(output)!, study);
            if (result.GetValue(fromCsv))
            {
                return SpeechStudyCommands.Told(report.Recompute(), "the JSON file");
            }

            var cells = PairedResults.Read(runs, study, report.Told());
            if (cells.All(results => results.Cells.Count == 0))
            {
                throw new ArgumentException($"'{runs}' holds no finished cell, and no report tells any of this study: run `./emotion training study paired` first.");
            }

            report.Write(cells, await RecordsAsync(result.GetValue(packages)!, result.GetValue(output)!, token), Provenance.OfThisProcess("./emotion training report fusion"));
            TrainingCommandLine.Report($"the report is written; {cells.Sum(results => results.Cells.Count)} cells were run");
            return 0;
        }));
        return command;
    }

    private static async Task<FusionRecords> RecordsAsync(string packages, string output, CancellationToken cancellationToken)
    {
        async Task<JsonObject?> RecordAsync(string name)
        {
            var file = Path.Combine(output, name);
            return File.Exists(file) ? (JsonObject)JsonNode.Parse(await File.ReadAllTextAsync(file, cancellationToken))! : null;
        }

        var shipped = Directory.Exists(Path.Combine(packages, FusionModel.ModelName))
            ? await PackageFolder.NewestAsync(packages, FusionModel.ModelName, cancellationToken) : null;
        return new FusionRecords(
            shipped is null ? null : (shipped.Version, shipped.Manifest.Metrics),
            await RecordAsync(FusionReport.ExplainedFile), await RecordAsync(FusionReport.ClipsFile));
    }
}
