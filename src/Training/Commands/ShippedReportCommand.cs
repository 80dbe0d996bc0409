using System.CommandLine;
using System.Text.Json;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;
using Emotion.Training.Datasets;
using Emotion.Training.Reports;

namespace Emotion.Training.Commands;

/// <summary><c>report shipped</c>: the manifests of the shipped release on one page.</summary>
internal static class ShippedReportCommand
{
    private static readonly string[] Order = ["audio", "video", "text", "fusion"];

    public static Command Create(Option<string> packages)
    {
        var output = new Option<string>("--out")
        {
            Description = "File of the report.", DefaultValueFactory = _ => Path.Combine(DataRoot.RepositoryRoot(), "docs", "results", "training.md"),
        };
        var cards = new Option<string>("--cards")
        {
            Description = "File of the model cards.", DefaultValueFactory = _ => Path.Combine(DataRoot.RepositoryRoot(), "docs", "model-cards.md"),
        };
        var command = new Command("shipped", "The figures in the manifests of release.json's packages, and a card for each model; needs no corpus.") { packages, output, cards };
        command.SetAction((result, token) => TrainingCommandLine.GuardedAsync(async () =>
        {
            var folder = result.GetValue(packages)!;
            var (report, said) = await WriteAsync(folder, token);
            await File.WriteAllTextAsync(result.GetValue(output)!, report, token);
            await File.WriteAllTextAsync(result.GetValue(cards)!, said, token);
            TrainingCommandLine.Report($"wrote {result.GetValue(output)} and {result.GetValue(cards)}");
            return 0;
        }));
        return command;
    }

    /// <exception cref="FileNotFoundException">There is no release.json.</exception>
    internal static async Task<(string Report, string Cards)> WriteAsync(string folder, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, ReleasePublisher.ReleaseFile);
        if (!File.Exists(file))
        {
            throw new FileNotFoundException($"'{file}' is missing: `release` writes it.");
        }

        var release = JsonSerializer.Deserialize<ReleaseManifest>(await File.ReadAllBytesAsync(file, cancellationToken), JsonSerializerOptions.Web)!;
        var packages = new List<ModelPackage>();
        foreach (var (name, version) in release.Models.OrderBy(model => Array.IndexOf(Order, model.Key)))
        {
            packages.Add(await ModelPackage.OpenAsync(Path.Combine(folder, name, version), cancellationToken));
        }

        return (ShippedReport.Write(release.Release, packages), ModelCards.Write(release.Release, packages));
    }
}
