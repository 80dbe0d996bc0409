using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Publishing;

/// <summary>What <c>aspire publish</c> says on the AppHost's command line: <c>--operation publish --output-path FOLDER</c>.</summary>
internal static class PublishOptions
{
    public const string Operation = "AppHost:Operation", OutputPath = "Pipeline:OutputPath";

    private static readonly Dictionary<string, string> Switches = new() { ["--operation"] = Operation, ["--output-path"] = OutputPath };

    public static void AddPublishArguments(this IConfigurationBuilder configuration, string[]? args) =>
        configuration.AddCommandLine(args ?? [], Switches);

    public static DistributedApplicationOperation GetOperation(this IConfiguration configuration) =>
        configuration[Operation] is not { } operation ? DistributedApplicationOperation.Run
        : Enum.TryParse<DistributedApplicationOperation>(operation, ignoreCase: true, out var known) ? known
        : throw new DistributedApplicationException($"There is no operation '{operation}': run or publish.");
}
