using System.CommandLine;
using Emotion.ModelRegistry.Upkeep;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.Cli.Models;

/// <summary><c>models sign</c>: introduces keys to a registry, or replaces one.</summary>
internal static class SignCommand
{
    public static Command Create()
    {
        var adopt = new Option<bool>("--adopt-unsigned") { Description = "Also sign what nobody signed: you vouch for it." };
        var (who, json) = (ModelsCommand.Who, ModelsCommand.Json());
        var command = new Command(
            "sign",
            "Signs every version, release and channel with ModelRegistry__SigningKeyFile that it has not signed yet, after checking hashes and the signature there is. For introducing keys, and before a key is dropped.")
        {
            adopt, who, json,
        };
        command.SetAction((parsed, cancellationToken) => RegistryAction.RunAsync(async services =>
        {
            var asJson = parsed.GetValue(json);
            var signed = new List<SignedItem>();
            await foreach (var item in services.GetRequiredService<RegistrySigner>().SignAllAsync(parsed.GetValue(who)!, parsed.GetValue(adopt), cancellationToken))
            {
                signed.Add(item);
                if (!asJson)
                {
                    Console.WriteLine($"signed {item.Kind} {item.Name} ({(item.Before is null ? "was unsigned" : $"was signed by {item.Before}")})");
                }
            }

            if (asJson)
            {
                RegistryAction.WriteJson(signed);
            }
            else if (signed.Count == 0)
            {
                Console.WriteLine("Everything has this key's signature already.");
            }

            return ExitCode.Done;
        }));
        return command;
    }
}
