using System.CommandLine;
using System.Text.Json.Nodes;
using Emotion.Inference;
using Emotion.ModelRegistry;
using Emotion.Training.Datasets;
using Emotion.Training.Packaging;
using Emotion.Training.Reports;
using Microsoft.ML.OnnxRuntime;

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
        var transcription = new Option<string?>("--transcription")
        {
            Description = $"What `evaluate transcription` wrote; by default {TranscriptionCommand.FileName} of --out, else the repository's.",
        };
        var command = new Command(Name, "Figures of the shipped text package and of its rivals, through the serving code.") { packages, rivals, output, transcription };
        command.SetAction((result, token) => TrainingCommandLine.GuardedAsync(async () =>
        {
            var data = DataRoot.FromEnvironment();
            var shipped = await TextRow.OfAsync("shipped", await PackageFolder.NewestAsync(result.GetValue(packages)!, Name, token), data, token);
            var (rows, unreadable) = (new List<TextRow>(), new List<UnreadableRival>());
            foreach (var folder in Folders(result.GetValue(rivals)!))
            {
                TrainingCommandLine.Report($"judging {Path.GetFileName(folder)}");
                try
                {
                    rows.Add(await TextRow.OfAsync(Path.GetFileName(folder), await PackageFolder.NewestAsync(folder, Name, token), data, token));
                }
                catch (Exception old) when (old is ArgumentException or PackageIntegrityException or UnservablePackageException or OnnxRuntimeException)
                {
                    // Of another time, or without a classifier: the others are worth a report all the same.
                    TrainingCommandLine.Report($"{Path.GetFileName(folder)} is unreadable and left out: {old.Message}");
                    unreadable.Add(new UnreadableRival(Path.GetFileName(folder), old.Message));
                }
            }

            var directory = result.GetValue(output)!;
            var heard = Transcription(result.GetValue(transcription), directory);
            new TextReport(directory).Write(
                shipped, rows, heard is not null ? (JsonObject)JsonNode.Parse(await File.ReadAllTextAsync(heard, token))! : null,
                TextCorpora.Digest(data), Provenance.OfThisProcess("./emotion training report text"), unreadable);
            TrainingCommandLine.Report($"the report is written; {rows.Count} rivals were judged");
            return 0;
        }));
        return command;
    }

    /// <summary>The file of speech to text's figures; null where there is none.</summary>
    /// <exception cref="FileNotFoundException">One is given and not there.</exception>
    internal static string? Transcription(string? given, string output)
    {
        if (given is not null)
        {
            return File.Exists(given) ? given : throw new FileNotFoundException($"'{given}' is missing: `evaluate transcription --out {given}` writes it.");
        }

        return new[] { Path.Combine(output, TranscriptionCommand.FileName), TranscriptionCommand.DefaultFile }.FirstOrDefault(File.Exists);
    }

    private static IEnumerable<string> Folders(string rivals) =>
        Directory.Exists(rivals) ? Directory.GetDirectories(rivals).Where(folder => Directory.Exists(Path.Combine(folder, Name))).Order(StringComparer.Ordinal) : [];
}
