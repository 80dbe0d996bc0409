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
    public static bool MayBeEnglish(string? language)
    {
        var primary = (language ?? "").Split('-', 2)[0];
        return English.Concat(Unknown).Contains(primary, StringComparer.OrdinalIgnoreCase);
    }
}
