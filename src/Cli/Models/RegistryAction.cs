using System.Text.Json;
using Azure.Identity;
using Emotion.Inference;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Promotion;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Spectre.Console;

namespace Emotion.Cli.Models;

/// <summary>What every verb on the registry has in common: where the registry is, how answers are written, what failures are called.</summary>
internal static class RegistryAction
{
    public const string ExitStatuses = "Exit status: 0 done, 1 the registry failed or is not reachable, 2 bad usage or no such thing, 3 refused, 4 somebody else was faster.";

    /// <summary>Standard output: the answer and nothing else.</summary>
    public static IAnsiConsole Out { get; } = Terminal.Create(Console.Out, Console.IsOutputRedirected);

    public static async Task<int> RunAsync(Func<IServiceProvider, Task<int>> action)
    {
        try
        {
            var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
            await using var services = new ServiceCollection().AddModelRegistry(configuration).BuildServiceProvider();
            return await action(services);
        }
        catch (PromotionRefusedException refused)
        {
            foreach (var objection in refused.Objections)
            {
                await Console.Error.WriteLineAsync($"Refused: {objection.Message}");
            }

            await Console.Error.WriteLineAsync(refused.Objections.All(objection => objection.CanBeOverruled)
                ? "The channel is as it was. --force --why REASON overrules this and writes it into the channel's history."
                : "The channel is as it was. Not even --force promotes a release that is not coherent.");
            return ExitCode.Refused;
        }
        catch (Exception failure) when (Code(failure) is { } code)
        {
            await Console.Error.WriteLineAsync(Text(failure));
            return code;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
    }

    public static void WriteJson(object value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, RegistryJson.Options));

    /// <summary>A cell's text with nothing that a console would take for markup.</summary>
    public static string Cell(string? text) => Markup.Escape(text ?? "");

    private static int? Code(Exception failure) => failure switch
    {
        // The binder's, for Models__RequireCommercialUse=yes: it names option and value. Elsewhere this kind is a fault of the program.
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } => ExitCode.BadInput,
        OptionsValidationException or RegistryKeyException or RegistryNotFoundException or ArgumentException => ExitCode.BadInput,
        PackageIntegrityException or UnservablePackageException => ExitCode.Refused,
        RegistryConflictException => ExitCode.Conflict,
        Azure.RequestFailedException or AggregateException or AuthenticationFailedException or IOException or UnauthorizedAccessException => ExitCode.SystemFailed,
        _ => null,
    };

    private static string Text(Exception failure) => failure switch
    {
        // Azure's messages go on with every header; the first line says what it was.
        Azure.RequestFailedException or AggregateException or AuthenticationFailedException =>
            $"The registry does not answer as it should: {failure.Message.Split('\n')[0].TrimEnd()}",
        RegistryConflictException => $"Conflict: {failure.Message}",
        PackageIntegrityException or UnservablePackageException => $"Refused: {failure.Message}",
        _ => failure.Message,
    };
}
