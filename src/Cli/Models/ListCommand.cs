using System.CommandLine;
using System.Globalization;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Upkeep;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace Emotion.Cli.Models;

/// <summary><c>models list</c>: versions, releases, channels.</summary>
internal static class ListCommand
{
    public static Command Create()
    {
        var json = ModelsCommand.Json();
        var command = new Command("list", "Lists versions, releases and channels. What is refused is listed too, with the reason.") { json };
        command.SetAction((parsed, cancellationToken) => RegistryAction.RunAsync(async services =>
        {
            var inventory = await RegistryInventory.ReadAsync(services.GetRequiredService<Registry>(), cancellationToken);
            if (parsed.GetValue(json))
            {
                RegistryAction.WriteJson(inventory);
            }
            else
            {
                Write(RegistryAction.Out, inventory);
            }

            return ExitCode.Done;
        }));
        return command;
    }

    private static void Write(IAnsiConsole console, RegistryInventory inventory)
    {
        Console.WriteLine($"{inventory.Registry}, {(inventory.RequiresSignatures ? "signed" : "no key configured: signatures are not looked at")}");
        if (inventory.Versions.Count + inventory.Releases.Count == 0)
        {
            Console.WriteLine("Nothing is published. 'models publish FOLDER' does.");
        }

        WriteVersions(console, inventory);
        WriteReleases(console, inventory);
        WriteChannels(console, inventory);
        foreach (var (channel, halt) in inventory.Channels.Where(channel => channel.Halt is not null).Select(channel => (channel, channel.Halt!)))
        {
            Console.WriteLine($"{channel.Name} was rolled back by {halt.Who}: {halt.Why}");
        }

        foreach (var unfinished in inventory.Unfinished)
        {
            Console.WriteLine($"Unfinished upload: {unfinished}. Publishing it again finishes it; 'models prune' removes it after a day.");
        }

        foreach (var problem in inventory.Versions.Select(item => item.Problem).Concat(inventory.Releases.Select(item => item.Problem))
            .Concat(inventory.Channels.Select(item => item.Problem)).OfType<string>())
        {
            Console.WriteLine($"Refused: {problem}");
        }
    }

    private static void WriteVersions(IAnsiConsole console, RegistryInventory inventory)
    {
        if (inventory.Versions.Count == 0)
        {
            return;
        }

        var table = Plain("model", "version", "MB", "headline", "commercial", "releases");
        foreach (var version in inventory.Versions)
        {
            table.AddRow(
                RegistryAction.Cell(version.Name),
                RegistryAction.Cell(version.Version),
                (version.Bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture),
                RegistryAction.Cell(version.Problem is null
                    ? string.Join(", ", version.Headlines.Select(metric => string.Create(CultureInfo.InvariantCulture, $"{metric.Name} {100 * metric.Value:0.0}")))
                    : "refused"),
                version.License is null ? "" : version.License.AllowsCommercialUse ? "yes" : "no",
                RegistryAction.Cell(string.Join(", ", version.Releases)));
        }

        console.Write(table);
    }

    private static void WriteReleases(IAnsiConsole console, RegistryInventory inventory)
    {
        if (inventory.Releases.Count == 0)
        {
            return;
        }

        var table = Plain("release", "models", "channels");
        foreach (var release in inventory.Releases)
        {
            table.AddRow(
                RegistryAction.Cell(release.Name),
                RegistryAction.Cell(release.Problem is null ? string.Join('\n', release.Models.Select(model => $"{model.Key} {model.Value}")) : "refused"),
                RegistryAction.Cell(string.Join(", ", release.Channels)));
        }

        console.Write(table);
    }

    private static void WriteChannels(IAnsiConsole console, RegistryInventory inventory)
    {
        if (inventory.Channels.Count == 0)
        {
            return;
        }

        var table = Plain("channel", "release", "share", "generation", "since", "state");
        foreach (var channel in inventory.Channels)
        {
            table.AddRow(
                RegistryAction.Cell(channel.Name),
                RegistryAction.Cell(channel.Problem is null ? channel.Release : "refused"),
                channel.Share?.ToString("0.##%", CultureInfo.InvariantCulture) ?? "",
                channel.Generation?.ToString(CultureInfo.InvariantCulture) ?? "",
                channel.ChangedAt?.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "",
                RegistryAction.Cell(channel.Share is { } share ? ModelsCommand.State(share, channel.Halt) : ""));
        }

        console.Write(table);
    }

    private static Table Plain(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns)
        {
            table.AddColumn(column is "headline" or "releases" or "channels" ? new TableColumn(column) : new TableColumn(column).NoWrap());
        }

        return table;
    }
}
