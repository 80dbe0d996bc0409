using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Promotion;
using Emotion.ModelRegistry.Releases;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace Emotion.Cli.Models;

/// <summary><c>models show NAME/VERSION | RELEASE | CHANNEL</c>.</summary>
internal static class ShowCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "A version (audio/20261122-1811-6da5c68c), a release, or a channel (stable, canary)." };
        var json = ModelsCommand.Json();
        var command = new Command("show", "Shows a version's manifest, a release, or a channel with its history. A name that is both a channel's and a release's is the channel.") { name, json };
        command.SetAction((parsed, cancellationToken) => RegistryAction.RunAsync(async services =>
        {
            await ShowAsync(services.GetRequiredService<Registry>(), parsed.GetValue(name)!, parsed.GetValue(json), cancellationToken);
            return ExitCode.Done;
        }));
        return command;
    }

    private static async Task ShowAsync(Registry registry, string name, bool json, CancellationToken cancellationToken)
    {
        if (name.Split('/') is [var model, var version])
        {
            Write(await registry.ManifestAsync(model, version, cancellationToken), json, Write);
        }
        else if (await registry.ChannelAsync(name, cancellationToken) is { } channel)
        {
            Write(channel.Channel, json, shown => Write(name, shown, channel.SignedBy));
        }
        else if ((await registry.ReleasesAsync(cancellationToken)).Contains(name))
        {
            Write(await registry.ReleaseAsync(name, cancellationToken), json, Write);
        }
        else
        {
            throw new RegistryNotFoundException($"There is no channel and no release '{name}'; 'models list' says what there is.");
        }
    }

    private static void Write<T>(T value, bool json, Action<T> forPeople) where T : notnull
    {
        if (json)
        {
            RegistryAction.WriteJson(value);
        }
        else
        {
            forPeople(value);
        }
    }

    private static void Write(ModelManifest manifest)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        void Row(string title, string text) => grid.AddRow(title, RegistryAction.Cell(text));

        Row("version", $"{manifest.Name}/{manifest.Version}");
        Row("created", $"{Minute(manifest.CreatedAt)} from commit {manifest.GitCommit}");
        Row("licence", $"{manifest.License.Id}; commercial use {(manifest.License.AllowsCommercialUse ? "allowed" : "not allowed")}. {manifest.License.Note}");
        Row("trained from", manifest.Lineage ?? "nothing");
        Row("trained on", manifest.TrainedOn.Count > 0 ? string.Join(", ", manifest.TrainedOn.Select(on => $"{on.Key}/{on.Value}")) : "no other model's output");
        Row("labels", string.Join(" ", manifest.Labels.Select(label => manifest.CoveredLabels.Contains(label) ? label : $"({label}: not covered)")));
        foreach (var metric in HeadlineMetric.Of(manifest))
        {
            var on = string.Join(", ", new[] { metric.Set, metric.Count is { } n ? $"n {n}" : null }.OfType<string>());
            Row("headline", string.Create(CultureInfo.InvariantCulture, $"{metric.Name} {100 * metric.Value:0.0#} %") + (on.Length > 0 ? $" ({on})" : ""));
        }

        foreach (var (figure, value) in manifest.Metrics)
        {
            Row("metric", $"{figure} {Short(value)}");
        }

        foreach (var dataset in manifest.Datasets)
        {
            Row("corpus", $"{dataset.Name}, digest {dataset.Digest[..Math.Min(12, dataset.Digest.Length)]}, {dataset.Split}");
        }

        foreach (var graph in manifest.Graphs)
        {
            Row("graph", $"{graph.Role} {graph.File}: {string.Join(", ", graph.Inputs.Select(Shape))} -> {string.Join(", ", graph.Outputs.Select(Shape))}");
        }

        foreach (var (file, sha256) in manifest.Files)
        {
            Row("file", $"{file} {sha256}");
        }

        RegistryAction.Out.Write(grid);
    }

    private static void Write(ReleaseManifest release)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        grid.AddRow("release", RegistryAction.Cell(release.Release));
        grid.AddRow("created", Minute(release.CreatedAt));
        foreach (var (name, version) in release.Models)
        {
            grid.AddRow("model", RegistryAction.Cell($"{name}/{version}"));
        }

        grid.AddRow("clip window", string.Create(
            CultureInfo.InvariantCulture, $"{release.ClipWindow.LengthSeconds} s, its last one at least {release.ClipWindow.MinimumTailSeconds} s"));
        RegistryAction.Out.Write(grid);
    }

    private static void Write(string name, ChannelManifest channel, string? signedBy)
    {
        var signed = signedBy is null ? "" : $", signed by key {signedBy}";
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{name}: {channel.Release}, share {channel.Share:0.##%}, generation {channel.Generation}, {ModelsCommand.State(channel.Share, channel.Halt())}{signed}"));
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("when").NoWrap()).AddColumn("who").AddColumn("what").AddColumn("why");
        foreach (var change in channel.History.Reverse())
        {
            var what = $"{(change.IsRollback ? "back to " : change.HaltedBy is not null ? "rolled back " : "")}{change.To}{(change.Share is { } share ? string.Create(CultureInfo.InvariantCulture, $" {share:0.##%}") : "")}";
            var why = change.Overruled is null ? change.Why : $"{change.Why}\nforced against: {string.Join(" ", change.Overruled)}";
            table.AddRow(Minute(change.When), RegistryAction.Cell(change.Who), RegistryAction.Cell(what), RegistryAction.Cell(why));
        }

        RegistryAction.Out.Write(table);
    }

    private static string Shape(TensorManifest tensor) => $"{tensor.Name} [{string.Join(", ", tensor.Shape)}]";

    private static string Minute(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>Confusion matrices are for --json.</summary>
    private static string Short(System.Text.Json.Nodes.JsonNode? value)
    {
        const int longest = 160;
        if (value is System.Text.Json.Nodes.JsonObject block)
        {
            return string.Join(" ", block.Where(figure => figure.Value is System.Text.Json.Nodes.JsonValue).Select(figure => $"{figure.Key} {figure.Value}"));
        }

        var text = value?.ToJsonString(new JsonSerializerOptions { WriteIndented = false }) ?? "null";
        return text.Length <= longest ? text : text[..longest] + " …";
    }
}
