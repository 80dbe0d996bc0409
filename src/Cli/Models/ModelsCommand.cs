using System.CommandLine;
using Emotion.ModelRegistry.Releases;

namespace Emotion.Cli.Models;

/// <summary><c>models VERB</c>: the registry as an operator's tool.</summary>
internal static class ModelsCommand
{
    public static Option<string> Who { get; } = new("--who")
    {
        Description = "Who it is, for the channel's history.",
        DefaultValueFactory = _ => Environment.UserName,
    };

    public static Command Create() => new(
        "models",
        "Model versions, releases and channels in the registry. The registry is ConnectionStrings__models (a connection string, or https://ACCOUNT.blob.core.windows.net to go there as who you are); "
        + "its keys are ModelRegistry__TrustedKeys__0 and ModelRegistry__SigningKeyFile. " + RegistryAction.ExitStatuses)
    {
        ListCommand.Create(),
        ShowCommand.Create(),
        PublishCommand.Create(),
        PromoteCommand.Create(),
        RollbackCommand.Create(),
        VerifyCommand.Create(),
        PruneCommand.Create(),
        SignCommand.Create(),
        KeygenCommand.Create(),
        SeedCommand.Create(),
    };

    /// <summary>What a channel does, in a word.</summary>
    /// <param name="halt">The move by which a gateway took its requests away.</param>
    public static string State(double share, ChannelChange? halt) => share > 0 ? "on" : halt is null ? "off" : $"rolled back: {halt.HaltedBy}";

    public static Option<bool> Json() => new("--json") { Description = "Print JSON, for scripts." };

    public static Option<string> Why() => new("--why") { Description = "Why, for the channel's history.", Required = true };
}
