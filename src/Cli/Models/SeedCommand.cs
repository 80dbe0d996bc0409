using System.CommandLine;
using Emotion.ModelRegistry;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.Cli.Models;

/// <summary><c>models seed</c>: what a fresh start publishes into its empty registry.</summary>
internal static class SeedCommand
{
    public static Command Create()
    {
        var from = new Option<DirectoryInfo>("--from")
        {
            Description = "Folder with release.json and NAME/VERSION/ packages.",
            DefaultValueFactory = _ => new DirectoryInfo("models"),
        };
        var seed = new Command("seed", "Publishes the packages of a folder into an empty registry and promotes them to stable. Does nothing where stable is set.")
        {
            from,
        };
        seed.SetAction((parsed, cancellationToken) => RegistryAction.RunAsync(async services =>
        {
            var seeder = services.GetRequiredService<RegistrySeeder>();
            Console.WriteLine(await seeder.SeedAsync(parsed.GetValue(from)!.FullName, $"{Environment.UserName} (seed)", cancellationToken));
            return ExitCode.Done;
        }));
        return seed;
    }
}
