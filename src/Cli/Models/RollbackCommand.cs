using System.CommandLine;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Releases;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.Cli.Models;

/// <summary><c>models rollback</c>: one step back in a channel's history.</summary>
internal static class RollbackCommand
{
    public static Command Create()
    {
        var channel = new Option<string>("--channel") { Description = "stable, canary, shadow, or another.", DefaultValueFactory = _ => ChannelManifest.Stable };
        var (who, why, json) = (ModelsCommand.Who, ModelsCommand.Why(), ModelsCommand.Json());
        var command = new Command("rollback", "Points a channel back at what it pointed to before, with the share that it had; again, one step further. Nothing is compared, and the generation rises.")
        {
            channel, why, who, json,
        };
        command.SetAction((parsed, cancellationToken) => RegistryAction.RunAsync(async services =>
        {
            var name = parsed.GetValue(channel)!;
            var now = await services.GetRequiredService<Registry>().RollbackAsync(name, parsed.GetValue(who)!, parsed.GetValue(why)!, cancellationToken);
            if (parsed.GetValue(json))
            {
                RegistryAction.WriteJson(now);
            }
            else
            {
                Console.WriteLine(PromoteCommand.Said(name, now));
            }

            return ExitCode.Done;
        }));
        return command;
    }
}
