using System.CommandLine;
using System.Globalization;
using Emotion.ModelRegistry.Upkeep;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace Emotion.Cli.Models;

/// <summary><c>models verify</c>: every blob hashed again.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var version = new Argument<string?>("VERSION") { Description = "NAME/VERSION; everything where it is left out.", Arity = ArgumentArity.ZeroOrOne };
        var json = ModelsCommand.Json();
        var command = new Command("verify", "Downloads and hashes every file, looks through every graph, checks signatures, releases and channels. Exit status 3 where anything is wrong.") { version, json };
        command.SetAction((parsed, cancellationToken) => RegistryAction.RunAsync(async services =>
        {
            var items = await ItemsAsync(services.GetRequiredService<RegistryVerifier>(), parsed.GetValue(version), cancellationToken);
            if (parsed.GetValue(json))
            {
                RegistryAction.WriteJson(items);
            }
            else
            {
                Write(items);
            }

            return items.Any(item => item.Problem is not null) ? ExitCode.Refused : ExitCode.Done;
        }));
        return command;
    }

    private static async Task<IReadOnlyList<VerifiedItem>> ItemsAsync(RegistryVerifier verifier, string? version, CancellationToken cancellationToken)
    {
        if (version is null)
        {
            var all = new List<VerifiedItem>();
            await foreach (var item in verifier.VerifyAllAsync(cancellationToken))
            {
                all.Add(item);
            }

            return all;
        }

        return version.Split('/') is [var name, var which]
            ? [await verifier.VerifyVersionAsync(name, which, cancellationToken)]
            : throw new ArgumentException($"'{version}' is no version: NAME/VERSION is expected, as in audio/20261122-1811-6da5c68c.");
    }

    private static void Write(IReadOnlyList<VerifiedItem> items)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumn("").AddColumn(new TableColumn("name").NoWrap()).AddColumn(new TableColumn("MB").RightAligned()).AddColumn("signed by").AddColumn("");
        foreach (var item in items)
        {
            table.AddRow(
                item.Kind,
                RegistryAction.Cell(item.Name),
                item.Kind == "version" && item.Problem is null ? (item.Bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture) : "",
                item.SignedBy ?? "",
                RegistryAction.Cell(item.Problem is null ? item.Kind == "upload" ? "never finished" : "good" : "BAD"));
        }

        RegistryAction.Out.Write(table);
        foreach (var item in items.Where(item => item.Problem is not null))
        {
            Console.WriteLine($"{item.Kind} {item.Name}: {item.Problem}");
        }

        var bad = items.Count(item => item.Problem is not null);
        Console.WriteLine(bad == 0 ? $"{items.Count} looked at, all good." : $"{items.Count} looked at, {bad} bad.");
    }
}
