using System.CommandLine;
using Emotion.ModelRegistry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Emotion.Cli.Models;

/// <summary><c>models seed</c>: what a fresh start publishes into its empty registry.</summary>
internal static class ModelsCommand
{
    public static Command Create()
    {
        var from = new Option<DirectoryInfo>("--from")
        {
            Description = "Folder with release.json and NAME/VERSION/ packages.",
            DefaultValueFactory = _ => new DirectoryInfo("models"),
        };
        var seed = new Command("seed", "Publishes the packages of a folder into an empty registry and promotes them to stable. Does nothing where stable is set. The registry is ConnectionStrings__models.")
        {
            from,
        };
        seed.SetAction((parsed, cancellationToken) => SeedAsync(parsed.GetValue(from)!, cancellationToken));
        return new Command("models", "Model versions in the registry.") { seed };
    }

    private static async Task<int> SeedAsync(DirectoryInfo from, CancellationToken cancellationToken)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        await using var services = new ServiceCollection().AddModelRegistry(configuration).BuildServiceProvider();
        try
        {
            var seeder = services.GetRequiredService<RegistrySeeder>();
            Console.WriteLine(await seeder.SeedAsync(from.FullName, $"{Environment.UserName} (seed)", cancellationToken));
            return ExitCode.Done;
        }
        catch (OptionsValidationException misconfigured)
        {
            await Console.Error.WriteLineAsync(misconfigured.Message);
            return ExitCode.BadInput;
        }
        catch (Exception failure) when (failure is PackageIntegrityException or RegistryNotFoundException or RegistryConflictException or Azure.RequestFailedException)
        {
            await Console.Error.WriteLineAsync($"Seeding failed: {failure.Message}");
            return ExitCode.SystemFailed;
        }
    }
}
