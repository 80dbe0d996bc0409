using System.Text.Json.Nodes;
using Emotion.Training.Recipes;

namespace Emotion.Training.Runs;

/// <summary>A network that runs train: how its recipe is read, and what its command stands on.</summary>
/// <param name="Name">Of the command.</param>
/// <param name="ShippedRecipe">The one that is taken where none is named.</param>
/// <param name="TakesPackages">Whether the command has <c>--packages</c>.</param>
internal sealed record TrainedNetwork(string Name, string ShippedRecipe, bool TakesPackages, Func<JsonObject, int> Epochs)
{
    /// <summary>The network of the run that it stands on, and the option that names it; null where it stands on none.</summary>
    public (string Network, string Option)? Upstream { get; init; }

    /// <summary>Whether its recipe may start from a published version.</summary>
    public bool HasInit { get; init; }

    /// <summary>Of the packages that it is published in.</summary>
    public string Model { get; init; } = Name;
}

internal static class TrainedNetworks
{
    private const string Called = "The recipe";

    private static readonly TrainedNetwork[] All =
    [
        new("audio", "audio", true, json => RecipeFile.FromJson<AudioRecipe>(json, Called).Training.Epochs) { HasInit = true },
        new("audio-two-branch", "speech-two-branch", false, json => RecipeFile.FromJson<SecondBranchRecipe>(json, Called).Training.Epochs)
        {
            Upstream = ("audio", "--audio-run"),
        },
        new("video", "video", true, json => RecipeFile.FromJson<VideoRecipe>(json, Called).Training.Epochs) { HasInit = true },
        new("sequence", "sequence", false, json => RecipeFile.FromJson<SequenceRecipe>(json, Called).Training.Epochs) { Upstream = ("video", "--video-run") },
        new("sequence-own", "sequence-own", true, json => RecipeFile.FromJson<OwnSequenceRecipe>(json, Called).Training.Epochs) { HasInit = true, Model = "video" },
        new("text", "text-classifier", false, json => RecipeFile.FromJson<TextRecipe>(json, Called).Training.Epochs),
        new("fusion", "fusion", true, json => RecipeFile.FromJson<FusionRecipe>(json, Called).Training.Epochs),
    ];

    /// <exception cref="RunRefusedException">There is no such network.</exception>
    public static TrainedNetwork Named(string name) => All.FirstOrDefault(network => network.Name == name)
        ?? throw new RunRefusedException(RunRefusal.Invalid, $"'{name}' is no network: say {string.Join(", ", All.Select(network => network.Name))}.");
}
