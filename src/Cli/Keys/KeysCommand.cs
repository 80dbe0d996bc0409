using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Emotion.Cli.Gateway;
using Emotion.Client;
using Spectre.Console;

namespace Emotion.Cli.Keys;

/// <summary><c>keys VERB</c>: who may come in at a gateway. A secret goes to standard output, once, and nowhere else.</summary>
internal static class KeysCommand
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(100);

    private static readonly JsonSerializerOptions Lines = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static Command Create() => new("keys", "Keys of a gateway: create, list, rotate, revoke; they need one with the scope admin. " + GatewayCommand.ExitStatuses)
    {
        CreateKeyCommand.Create(), List(), Rotate(), Revoke(),
    };

    /// <summary>The secret alone on standard output, for a script that stores it; what is to be known of it beside.</summary>
    public static void Write(MadeKey made, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(made, Lines));
            return;
        }

        GatewayCommand.Console.MarkupLineInterpolated($"Key {made.Key.Id} ({made.Key.Name}). Its secret is told this once:");
        Console.Out.WriteLine(made.Secret);
        if (made.Key.PreviousUntil is { } until)
        {
            GatewayCommand.Console.MarkupLineInterpolated($"The one before is good until {Time(until)}.");
        }
    }

    private static Command List()
    {
        var (gateway, key, json) = (GatewayCommand.Address(), GatewayCommand.Key(), new Option<bool>("--json") { Description = "Print each as a line of JSON." });
        var command = new Command("list", "The keys, the newest first; those that have ended for a while yet.") { gateway, key, json };
        command.SetAction((parsed, cancellationToken) => GatewayCommand.RunAsync(parsed.GetValue(gateway), parsed.GetValue(key), Timeout, async client =>
        {
            var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("id").NoWrap()).AddColumn("name").AddColumn("status").AddColumn("scopes")
                .AddColumn("use").AddColumn("used").AddColumn("expires");
            await foreach (var one in client.ListKeysAsync(cancellationToken))
            {
                if (parsed.GetValue(json))
                {
                    Console.Out.WriteLine(JsonSerializer.Serialize(one, Lines));
                }

                table.AddRow(
                    Markup.Escape(one.Id), Markup.Escape(one.Name), one.Status == "active" ? "[green]active[/]" : $"[red]{Markup.Escape(one.Status)}[/]",
                    string.Join(' ', one.Scopes.Select(scope => scope.ToString().ToLowerInvariant())),
                    Markup.Escape(one.IntendedUse.Area + (one.IntendedUse.Ground is { } ground ? $" ({ground.Kind})" : "")), Time(one.UsedAt), Time(one.ExpiresAt));
            }

            if (!parsed.GetValue(json))
            {
                GatewayCommand.Out.Write(table);
            }

            return ExitCode.Done;
        }, cancellationToken));
        return command;
    }

    private static Command Rotate()
    {
        var id = new Argument<string>("ID") { Description = "Of the key." };
        var grace = new Option<int?>("--grace-hours") { Description = "How long the secret that it has now is still good; 0 to end it at once. Else as the gateway is set: 24." };
        var (gateway, key, json) = (GatewayCommand.Address(), GatewayCommand.Key(), GatewayCommand.Json());
        var command = new Command("rotate", "Gives a key another secret; what it sent stays its own.") { id, grace, gateway, key, json };
        command.SetAction((parsed, cancellationToken) => GatewayCommand.RunAsync(parsed.GetValue(gateway), parsed.GetValue(key), Timeout, async client =>
        {
            TimeSpan? hours = parsed.GetValue(grace) is { } some ? TimeSpan.FromHours(some) : null;
            Write(await client.RotateKeyAsync(parsed.GetValue(id)!, hours, cancellationToken), parsed.GetValue(json));
            return ExitCode.Done;
        }, cancellationToken));
        return command;
    }

    private static Command Revoke()
    {
        var id = new Argument<string>("ID") { Description = "Of the key." };
        var (gateway, key) = (GatewayCommand.Address(), GatewayCommand.Key());
        var command = new Command("revoke", "Ends a key at once and for good.") { id, gateway, key };
        command.SetAction((parsed, cancellationToken) => GatewayCommand.RunAsync(parsed.GetValue(gateway), parsed.GetValue(key), Timeout, async client =>
        {
            await client.RevokeKeyAsync(parsed.GetValue(id)!, cancellationToken);
            return ExitCode.Done;
        }, cancellationToken));
        return command;
    }

    private static string Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "never";
}
