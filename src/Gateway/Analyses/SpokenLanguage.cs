namespace Emotion.Gateway.Analyses;

/// <summary>Languages as callers (BCP 47: <c>en-GB</c>) and containers (ISO 639-2: <c>eng</c>) name them.</summary>
public static class SpokenLanguage
{
    private const int LongestTag = 35;

    private static readonly string[] English = ["en", "eng"], Unknown = ["", "und"];

    /// <summary>Whether it has the form of a tag; empty has.</summary>
    public static bool IsTag(string language) =>
        language.Length <= LongestTag && language.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-');

    /// <summary>English of any region, or nobody knows.</summary>
    public static bool MayBeEnglish(string? language) => IsOneOf(English, language) || IsOneOf(Unknown, language);

    /// <summary>As the text service takes it: the primary subtag of English whatever it is called here, empty where nobody knows.</summary>
    /// <param name="language">One that may be English.</param>
    public static string ForTranscriber(string? language) => IsOneOf(English, language) ? English[0] : "";

    private static bool IsOneOf(string[] primaries, string? language) =>
        primaries.Contains((language ?? "").Split('-', 2)[0], StringComparer.OrdinalIgnoreCase);
}
