using System.Text.Json;

namespace Emotion.Gateway.Api;

/// <summary>What a caller asks for beside the clip, in the query or in parts of the body; null where nothing was said.</summary>
/// <param name="Release">The release that must answer.</param>
/// <param name="Language">BCP 47 tag.</param>
/// <param name="IncludeTranscript">The answer is to have the words.</param>
public sealed record UploadFields(string? Release, string? Language, bool? IncludeTranscript)
{
    public static readonly UploadFields None = new(null, null, null);

    /// <summary>Of the parts, which are those of the query.</summary>
    public static readonly IReadOnlyList<string> Names =
        [.. new[] { nameof(Release), nameof(Language), nameof(IncludeTranscript) }.Select(JsonNamingPolicy.CamelCase.ConvertName)];

    /// <summary>With one part of the body.</summary>
    /// <exception cref="RefusedException">It is no value of that field.</exception>
    public UploadFields With(string name, string value) => Names.ToList().IndexOf(name) switch
    {
        0 => this with { Release = value },
        1 => this with { Language = value },
        _ => bool.TryParse(value, out var include)
            ? this with { IncludeTranscript = include }
            : throw BadRequest("bad-multipart", $"The part {name} must be true or false."),
    };

    /// <summary>These, and where they say nothing, the others.</summary>
    public UploadFields Over(UploadFields others) =>
        new(Release ?? others.Release, Language ?? others.Language, IncludeTranscript ?? others.IncludeTranscript);

    /// <returns>Empty where nobody says it.</returns>
    /// <exception cref="RefusedException">It is no tag.</exception>
    public string SpokenLanguage() => Analyses.SpokenLanguage.IsTag(Language ?? "")
        ? Language ?? ""
        : throw BadRequest("bad-language", "The language must be a BCP 47 tag, such as en or en-GB.");

    private static RefusedException BadRequest(string reason, string detail) => new(new Refusal(StatusCodes.Status400BadRequest, reason, detail));
}
