using System.Text.Json.Nodes;
using Emotion.Inference.Text;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Training.Reports;

/// <summary>
/// What speech to text was measured with: graphs, vocabulary, and how sound goes in. Packages of other versions have the same where only the classifier is another.
/// </summary>
/// <param name="Version">Of the package; it does not tell whether the figures are of this speech to text.</param>
/// <param name="Digests">SHA-256 by role, and of the vocabulary.</param>
/// <param name="FrontEnd">Of the package's manifest.</param>
public sealed record TranscriptionSource(string Version, IReadOnlyDictionary<string, string> Digests, JsonObject FrontEnd)
{
    /// <summary>Of the file of figures; and of its <c>recipe</c>, what counts.</summary>
    public const string Member = "package", RecipeMember = "recipe";

    private const string DigestsMember = "digests";

    private static readonly string[] Parts = ["voiceActivity", "transcriber"];

    public static TranscriptionSource Of(ModelPackage package)
    {
        var digests = new[] { TextModel.VoiceRole, TextModel.EncoderRole, TextModel.DecoderRole }
            .ToDictionary(role => role, role => package.Manifest.Files[package.Manifest.Graph(role).File]);
        digests["vocabulary"] = package.Manifest.Files[SubwordVocabulary.FileName];
        return new TranscriptionSource(package.Version, digests, package.Manifest.FrontEnd);
    }

    public JsonObject ToJson() => new()
    {
        ["version"] = Version,
        [DigestsMember] = new JsonObject(Digests.Select(one => KeyValuePair.Create<string, JsonNode?>(one.Key, one.Value))),
    };

    /// <summary>Whether figures were measured with this speech to text.</summary>
    public bool IsOf(JsonObject transcription) =>
        JsonNode.DeepEquals(transcription[Member]?[DigestsMember], ToJson()[DigestsMember])
        && Parts.All(part => JsonNode.DeepEquals(transcription[RecipeMember]?[part], FrontEnd[part]));
}

/// <summary>What a report may say of speech to text: the figures, or why there are none.</summary>
/// <param name="Figures">What <c>evaluate transcription</c> wrote; null where they are not the package's.</param>
/// <param name="Missing">Why; empty where there are figures.</param>
public sealed record HeardFigures(JsonObject? Figures, string Missing)
{
    public const string NotRun = "not run", OfAnother = "not of this package", OfSome = "not of every recording";

    /// <param name="transcription">The file; null where there is none.</param>
    /// <param name="package">That the report is of.</param>
    public static HeardFigures Of(JsonObject? transcription, TranscriptionSource package) =>
        transcription is null ? new HeardFigures(null, NotRun)
        : !package.IsOf(transcription) ? new HeardFigures(null, OfAnother)
        : (int?)transcription["ravdess"]?["every"] != 1 ? new HeardFigures(null, OfSome)
        : new HeardFigures(transcription, "");
}
