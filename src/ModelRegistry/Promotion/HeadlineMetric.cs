using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion.ModelRegistry.Packages;

namespace Emotion.ModelRegistry.Promotion;

/// <summary>
/// The figure of a manifest that a release is judged by, with what it was measured on.
/// </summary>
/// <example><code>"metrics": { "test": { "set": "RAVDESS speech, test actors of the fold", "n": 240, "uar": 0.73828 } }</code></example>
/// <param name="Name">Where it stands: <c>test.uar</c>.</param>
/// <param name="Set">What it was measured on, in words; null where the manifest does not say.</param>
/// <param name="Count">How many items that are; null where the manifest does not say.</param>
public sealed record HeadlineMetric(string Name, double Value, string? Set, int? Count)
{
    /// <summary>What packages are judged by: unweighted average recall over the test set; texts by F1 over each of their corpora.</summary>
    private static readonly (string Block, string Figure)[] Headlines = [("test", "uar"), ("goemotions_ekman", "macro_f1"), ("meld", "weighted_f1")];

    public static IReadOnlyList<HeadlineMetric> Of(ModelManifest manifest) =>
    [
        .. from headline in Headlines
           let block = manifest.Metrics[headline.Block] as JsonObject
           let value = Number(block?[headline.Figure])
           where value is not null
           select new HeadlineMetric($"{headline.Block}.{headline.Figure}", value.Value, Text(block?["set"]), (int?)Number(block?["n"])),
    ];

    private static double? Number(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.Number ? double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture) : null;

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
