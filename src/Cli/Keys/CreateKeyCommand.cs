using System.CommandLine;
using Emotion.Cli.Gateway;
using Emotion.Client;

namespace Emotion.Cli.Keys;

/// <summary><c>keys create NAME --scopes ... --use AREA --why ...</c></summary>
internal static class CreateKeyCommand
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(100);

    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "For people, to tell keys apart." };
        var scopes = new Option<KeyScope[]>("--scopes")
        {
            Description = "Some of analyse, read, models, admin.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [KeyScope.Analyse, KeyScope.Read],
        };
        var use = new Option<string>("--use")
        {
            Description = "What its answers are for: research, development, administration, health, safety, accessibility, media, customerService, workplace, education or other.",
            Required = true,
        };
        var why = new Option<string>("--why") { Description = "What is done with the answers, in a sentence.", Required = true };
        var ground = new Option<string?>("--ground") { Description = "For workplace and education, which are prohibited otherwise: medical or safety." };
        var reason = new Option<string?>("--ground-reason") { Description = "What exactly that ground is, and who has looked into it." };
        var days = new Option<int?>("--expires-days") { Description = "Ends by itself after so many days; else never." };
        var clips = new Option<int?>("--clips-per-day") { Description = "Else as the gateway is set." };
        var seconds = new Option<int?>("--seconds-per-day") { Description = "Of clips that are analysed, together; else as the gateway is set." };
        var (gateway, key, json) = (GatewayCommand.Address(), GatewayCommand.Key(), GatewayCommand.Json());
        var command = new Command("create", "Makes a key; its secret is printed this once.") { name, scopes, use, why, ground, reason, days, clips, seconds, gateway, key, json };
        command.Validators.Add(result =>
        {
            if (result.GetValue(ground) is null != result.GetValue(reason) is null)
            {
                result.AddError("--ground and --ground-reason go together.");
            }
        });
        command.SetAction((parsed, cancellationToken) => GatewayCommand.RunAsync(parsed.GetValue(gateway), parsed.GetValue(key), Timeout, async client =>
        {
            var wanted = new NewKey
            {
                Name = parsed.GetValue(name)!,
                Scopes = parsed.GetValue(scopes)!,
                IntendedUse = new IntendedUse(
                    parsed.GetValue(use)!, parsed.GetValue(why)!, parsed.GetValue(ground) is { } kind ? new UseGround(kind, parsed.GetValue(reason)!) : null),
                ExpiresAt = parsed.GetValue(days) is { } some ? TimeProvider.System.GetUtcNow().AddDays(some) : null,
                Limits = (parsed.GetValue(clips), parsed.GetValue(seconds)) is not (null, null) and var (most, longest)
                    ? new KeyLimits { ClipsPerDay = most, SecondsPerDay = longest } : null,
            };
            KeysCommand.Write(await client.CreateKeyAsync(wanted, cancellationToken), parsed.GetValue(json));
            return ExitCode.Done;
        }, cancellationToken));
        return command;
    }
}
