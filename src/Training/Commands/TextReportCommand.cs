using System.CommandLine;
using System.Text.Json.Nodes;
using Emotion.Training.Datasets;
using Emotion.Training.Packaging;
using Emotion.Training.Reports;

namespace Emotion.Training.Commands;

/// <summary><c>report text</c>: what the shipped text package is worth, and its rivals.</summary>
internal static class TextReportCommand
{
    private const string Name = "text";

    private static readonly string Repository = DataRoot.RepositoryRoot();

    public static Command Create(Option<string> packages)
    {
        var output = new Option<string>("--out") { Description = "Folder of the report.", DefaultValueFactory = _ => Path.Combine(Repository, "docs", "results") };
        var rivals = new Option<string>("--rivals")
        {
            Description = "Folder of folders of packages, ROW/text/VERSION, as `export text --packages` writes them: what the shipped package is compared with.",
            DefaultValueFactory = _ => Path.Combine(Repository, ".emotion", "text"),
        };
        var command = new Command(Name, "Figures of the shipped text package and of its rivals, through the serving code.") { packages, rivals, output };
        command.SetAction((result, token) => TrainingCommandLine.GuardedAsync(async () =>
        {
            var data = DataRoot.FromEnvironment();
            var shipped = await TextRow.OfAsync("shipped", await PackageFolder.NewestAsync(result.GetValue(packages)!, Name, token), data);
            var rows = new List<TextRow>();
            foreach (var folder in Folders(result.GetValue(rivals)!))
            {
                TrainingCommandLine.Report($"judging {Path.GetFileName(folder)}");
                rows.Add(await TextRow.OfAsync(Path.GetFileName(folder), await PackageFolder.NewestAsync(folder, Name, token), data));
            }

            var directory = result.GetValue(output)!;
            var heard = Path.Combine(directory, TranscriptionCommand.FileName);
            new TextReport(directory).Write(
                shipped, rows, File.Exists(heard) ? (JsonObject)JsonNode.Parse(await File.ReadAllTextAsync(heard, token))! : null,
                TextCorpora.Digest(data), Provenance.OfThisProcess("./emotion training report text"));
            TrainingCommandLine.Report($"the report is written; {rows.Count} rivals were judged");
            return 0;
        }));
        return command;
    }

    private static IEnumerable<string> Folders(string rivals) =>
        Directory.Exists(rivals) ? Directory.GetDirectories(rivals).Where(folder => Directory.Exists(Path.Combine(folder, Name))).Order(StringComparer.Ordinal) : [];
}
