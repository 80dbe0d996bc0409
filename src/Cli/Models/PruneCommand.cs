using System.CommandLine;
using System.Globalization;
using Emotion.ModelRegistry.Upkeep;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.Cli.Models;

/// <summary><c>models prune</c>: says what nothing needs any more; with <c>--yes</c> deletes it.</summary>
internal static class PruneCommand
{
    public static Command Create()
    {
        var days = new Option<double>("--older-than-days") { Description = "Only what was published at least so long ago.", DefaultValueFactory = _ => 30 };
        var keep = new Option<int>("--keep") { Description = "Newest versions of each model that stay in any case.", DefaultValueFactory = _ => 3 };
        var history = new Option<int>("--history") { Description = "Moves of each channel whose releases stay.", DefaultValueFactory = _ => 10 };
        var releases = new Option<bool>("--releases") { Description = "Also old releases that no channel and no such move names; without it a release holds on to its versions." };
        var yes = new Option<bool>("--yes") { Description = "Delete. Without it nothing is." };
        var json = ModelsCommand.Json();
        var command = new Command(
            "prune",
            "Says which versions no release and no channel needs, and which uploads never ended; deletes them with --yes. What a channel points to, can be rolled back to, or pointed to in its last moves always stays.")
        {
            days, keep, history, releases, yes, json,
        };
        command.SetAction((parsed, cancellationToken) => RegistryAction.RunAsync(async services =>
        {
            var request = new PruneRequest(
                TimeSpan.FromDays(NotNegative(parsed.GetValue(days), "--older-than-days")),
                (int)NotNegative(parsed.GetValue(keep), "--keep"),
                (int)NotNegative(parsed.GetValue(history), "--history"),
                parsed.GetValue(releases));
            var pruner = services.GetRequiredService<RegistryPruner>();
            var plan = await pruner.PlanAsync(request, cancellationToken);
            var deleted = parsed.GetValue(yes) ? await pruner.PruneAsync(plan, request, cancellationToken) : null;
            Write(deleted ?? plan, deleted is not null, parsed.GetValue(json));
            return ExitCode.Done;
        }));
        return command;
    }

    private static void Write(IReadOnlyList<PrunedItem> items, bool deleted, bool json)
    {
        if (json)
        {
            RegistryAction.WriteJson(new { deleted, items });
            return;
        }

        foreach (var item in items)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{(deleted ? "deleted" : "would delete")} {item.Kind} {item.Name} ({item.Bytes / 1e6:0.0} MB, of {item.Since:yyyy-MM-dd})"));
        }

        var total = string.Create(CultureInfo.InvariantCulture, $"{items.Count} things, {items.Sum(item => item.Bytes) / 1e6:0.0} MB");
        Console.WriteLine(items.Count == 0 ? "Nothing to prune." : deleted ? $"{total} deleted." : $"{total}. Nothing was deleted: --yes does.");
    }

    private static double NotNegative(double value, string option) =>
        value is >= 0 and <= 100_000 ? value : throw new ArgumentException($"{option} {value.ToString(CultureInfo.InvariantCulture)} is none: 0 to 100000.");
}
