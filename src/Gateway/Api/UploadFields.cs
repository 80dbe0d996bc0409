using System.ComponentModel;
using System.Globalization;
using Emotion.Gateway.Analyses;
using Emotion.Gateway.Callbacks;
using Microsoft.AspNetCore.Mvc;

namespace Emotion.Gateway.Api;

/// <summary>
/// What a caller asks for beside the clip, in the query or in parts of the body; null where nothing was said. The descriptions are those of
/// /openapi/v1.json, which does not read the comments of properties that are parameters.
/// </summary>
public sealed record UploadFields
{
    private static readonly Dictionary<string, Func<UploadFields, string, UploadFields>> Parts = new(StringComparer.Ordinal)
    {
        ["release"] = (fields, value) => fields with { Release = value },
        ["language"] = (fields, value) => fields with { Language = value },
        ["includeTranscript"] = (fields, value) => fields with { IncludeTranscript = Truth("includeTranscript", value) },
        ["callback"] = (fields, value) => fields with { Callback = value },
        ["modalities"] = (fields, value) => fields with { Modalities = value },
        ["windows"] = (fields, value) => fields with { Windows = Truth("windows", value) },
        ["faces"] = (fields, value) => fields with { Faces = Number("faces", value) },
        ["boxes"] = (fields, value) => fields with { Boxes = Truth("boxes", value) },
        ["overlay"] = (fields, value) => fields with { Overlay = Truth("overlay", value) },
    };

    internal static UploadFields None { get; } = new();

    /// <summary>Of the parts, which are those of the query.</summary>
    internal static IReadOnlyCollection<string> Names => Parts.Keys;

    [FromQuery(Name = "release"), Description("The release that must answer; by default the one that every service has loaded and the channels choose.")]
    public string? Release { get; init; }

    [FromQuery(Name = "language"), Description("What is spoken, as a BCP 47 tag such as en-GB. Words of another language than English are not understood.")]
    public string? Language { get; init; }

    [FromQuery(Name = "includeTranscript"), Description("The answer is to have the words that are said in the clip.")]
    public bool? IncludeTranscript { get; init; }

    [FromQuery(Name = "callback"), Description("An address, https or http, that is told the outcome by a signed POST.")]
    public string? Callback { get; init; }

    [FromQuery(Name = "modalities"), Description("Which of audio, video and text are looked at, with commas between them; all three where it is not said.")]
    public string? Modalities { get; init; }

    [FromQuery(Name = "windows"), Description("Whether the answer has windows; it has them where it is not said.")]
    public bool? Windows { get; init; }

    [FromQuery(Name = "faces"), Description("How many faces the answer has at most, the most important first, from 0 to 1,000; all where it is not said.")]
    public int? Faces { get; init; }

    [FromQuery(Name = "boxes"), Description("Whether the answer says where faces are; it does where it is not said.")]
    public bool? Boxes { get; init; }

    [FromQuery(Name = "overlay"), Description("Whether the answer is drawn on the clip, for GET /v1/analyses/{id}/overlay.mp4; it is not where it is not said.")]
    public bool? Overlay { get; init; }

    /// <summary>With one part of the body.</summary>
    /// <exception cref="RefusedException">It is no value of that field.</exception>
    public UploadFields With(string name, string value) => Parts[name](this, value);

    /// <summary>These, and where they say nothing, the others.</summary>
    public UploadFields Over(UploadFields others) => new()
    {
        Release = Release ?? others.Release,
        Language = Language ?? others.Language,
        IncludeTranscript = IncludeTranscript ?? others.IncludeTranscript,
        Callback = Callback ?? others.Callback,
        Modalities = Modalities ?? others.Modalities,
        Windows = Windows ?? others.Windows,
        Faces = Faces ?? others.Faces,
        Boxes = Boxes ?? others.Boxes,
        Overlay = Overlay ?? others.Overlay,
    };

    /// <summary>Before and after the upload: what the query asks for in vain need not be sent a clip for.</summary>
    /// <exception cref="RefusedException">Something cannot be as it is asked for.</exception>
    internal AnswerOptions Require(CallbackAddress callbacks)
    {
        if (Callback is not null)
        {
            callbacks.Require(Callback);
        }

        return AnswerOptions.Of(this);
    }

    /// <returns>Empty where nobody says it.</returns>
    /// <exception cref="RefusedException">It is no tag.</exception>
    public string SpokenLanguage() => Analyses.SpokenLanguage.IsTag(Language ?? "")
        ? Language ?? ""
        : throw BadRequest("bad-language", "The language must be a BCP 47 tag, such as en or en-GB.");

    private static bool Truth(string name, string value) => bool.TryParse(value, out var truth)
        ? truth
        : throw BadRequest("bad-multipart", $"The part {name} must be true or false.");

    private static int Number(string name, string value) => int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw BadRequest("bad-multipart", $"The part {name} must be a number.");

    private static RefusedException BadRequest(string reason, string detail) => new(new Refusal(StatusCodes.Status400BadRequest, reason, detail));
}
