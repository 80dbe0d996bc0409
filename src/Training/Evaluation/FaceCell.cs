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

    /// <summary>Share of the selection part (of PublicTest) recognised, of the epoch that was kept: what networks may be chosen by.</summary>
    public required double SelectionWa { get; init; }

    /// <summary>FER2013 PrivateTest, whole: see <see cref="Judged.ToJson"/>.</summary>
    public required JsonObject Test { get; init; }

    /// <summary>The same without pictures that occur more than once in FER2013.</summary>
    public required JsonObject TestWithoutDuplicates { get; init; }
}
