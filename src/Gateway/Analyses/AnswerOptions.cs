using System.Text.Json.Serialization;
using Emotion.Gateway.Api;

namespace Emotion.Gateway.Analyses;

/// <summary>What an answer is to hold, as its caller asked for it; all of it where nothing was said.</summary>
public sealed record AnswerOptions
{
    public const int MostFaces = 1000;

    private static readonly string[] Known = [FusionStage.Audio, FusionStage.Video, FusionStage.Text];

    public static AnswerOptions All { get; } = new();

    /// <summary>Names with commas between them, each once, always in the same order; null for all.</summary>
    public string? Modalities { get; init; }

    /// <summary>Whether it has the answers over time.</summary>
    public bool Windows { get; init; } = true;

    /// <summary>At most so many faces, the most important first; null for all.</summary>
    public int? Faces { get; init; }

    /// <summary>Whether it says where the faces are.</summary>
    public bool Boxes { get; init; } = true;

    /// <summary>Whether the answer is drawn on the clip, too.</summary>
    public bool Overlay { get; init; }

    [JsonIgnore]
    public Verdict NotAsked => Verdict.Absent($"not-asked: The request asks for {Modalities} alone.");

    /// <exception cref="RefusedException">Something cannot be as it is asked for.</exception>
    public static AnswerOptions Of(UploadFields fields)
    {
        if (fields.Faces is < 0 or > MostFaces)
        {
            throw BadRequest("bad-faces", $"The number of faces must be from 0 to {MostFaces}.");
        }

        var options = new AnswerOptions
        {
            Modalities = ModalitiesOf(fields.Modalities), Windows = fields.Windows ?? true, Faces = fields.Faces, Boxes = fields.Boxes ?? true,
            Overlay = fields.Overlay ?? false,
        };
        return fields.IncludeTranscript == true && !options.Asks(FusionStage.Text)
            ? throw BadRequest("bad-modalities", "The transcript is part of what the modality text finds: ask for text, too, or not for the transcript.")
            : options;
    }

    public bool Asks(string modality) => Modalities is null || Modalities.Split(',').Contains(modality);

    /// <summary>The answer without what was not asked for.</summary>
    public Analysis Trim(Analysis answer)
    {
        var faces = Faces is { } most ? [.. answer.Faces.Take(most)] : answer.Faces;
        var listed = faces.Select(face => face.Id).ToHashSet();
        return answer with
        {
            Faces = Boxes ? faces : [.. faces.Select(face => face with { Boxes = [] })],
            Windows = !Windows ? []
                : Faces is null ? answer.Windows
                : [.. answer.Windows.Select(window => window with { Faces = [.. window.Faces.Where(face => listed.Contains(face.Id))] })],
        };
    }

    private static string? ModalitiesOf(string? asked)
    {
        if (asked is null)
        {
            return null;
        }

        var names = asked.Split(',', StringSplitOptions.TrimEntries);
        return !names.All(Known.Contains) ? throw BadRequest("bad-modalities", $"The modalities must be one or more of {string.Join(", ", Known)}, with commas between them.")
            : Known.All(names.Contains) ? null
            : string.Join(',', Known.Where(names.Contains));
    }

    private static RefusedException BadRequest(string reason, string detail) => new(new Refusal(StatusCodes.Status400BadRequest, reason, detail));
}
