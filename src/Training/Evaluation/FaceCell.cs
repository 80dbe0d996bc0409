using System.Text.Json.Nodes;

namespace Emotion.Training.Evaluation;

/// <summary>What a trained cell of the face study was, and what its exported graph is worth; <c>cell.json</c> in its folder.</summary>
public sealed record FaceCell
{
    public const string FileName = "cell.json";

    public required string Name { get; init; }
    public required string What { get; init; }
    public required int Epochs { get; init; }
    public required int Side { get; init; }
    public required long Parameters { get; init; }

    /// <summary>Wall-clock time of the training, on a machine that may have had other work.</summary>
    public required double Minutes { get; init; }
    public required string Commit { get; init; }

    /// <summary>Digest of its recipe, and of FER2013; null in cells of before they were kept.</summary>
    public string? Recipe { get; init; }
    public string? Data { get; init; }

    /// <summary>Share of the selection part (of PublicTest) recognised, by the weights that were kept: what networks may be chosen by.</summary>
    public required double SelectionWa { get; init; }

    /// <summary>FER2013 PrivateTest, whole: see <see cref="Judged.ToJson"/>.</summary>
    public required JsonObject Test { get; init; }

    /// <summary>The same without pictures that occur more than once in FER2013.</summary>
    public required JsonObject TestWithoutDuplicates { get; init; }

    /// <summary>Of the weights that a run kept: those of its best epoch, or after its last one where they are averaged.</summary>
    /// <param name="epochs">Lines of the run's metrics.</param>
    public static double SelectionOf(IEnumerable<JsonNode> epochs, bool averaged)
    {
        var figures = epochs.Select(epoch => (double?)epoch["selection"]?["wa"]).OfType<double>().ToList();
        return figures.Count == 0 ? 0 : averaged ? figures[^1] : figures.Max();
    }
}
