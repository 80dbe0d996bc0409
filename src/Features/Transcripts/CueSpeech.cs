using System.Text.RegularExpressions;

namespace Emotion.Features.Transcripts;

/// <summary>What is said of what a subtitle shows.</summary>
/// <param name="Words">Without sounds and speakers, one space between words; empty where nothing is said.</param>
/// <param name="IsNewSpeaker">It begins with a dash or the name of a speaker.</param>
public readonly partial record struct CueSpeech(string Words, bool IsNewSpeaker)
{
    /// <summary>
    /// Leaves out descriptions of sounds in brackets (<c>[door slams]</c>, <c>(laughs)</c>), signs of music, and the names of speakers in
    /// capitals with a colon (<c>JOHN:</c>), at the beginning and behind a sentence. What is shown keeps them.
    /// </summary>
    /// <param name="cue">One line, without markup.</param>
    public static CueSpeech Of(string cue)
    {
        var said = CueText.OneLine(Music().Replace(Described().Replace(cue, " "), " "));
        var isNewSpeaker = said.Length > 0 && (said[0] is '-' or '\u2013' or '\u2014' or '>' || Speaker().Match(said) is { Success: true, Index: 0 });
        return new CueSpeech(CueText.OneLine(Speaker().Replace(said, " ")).Trim(' ', '-', '\u2013', '\u2014', '>'), isNewSpeaker);
    }

    /// <summary>Without the words: they are private.</summary>
    public override string ToString() => $"{Words.Length} characters{(IsNewSpeaker ? ", a new speaker" : "")}";

    // No description within another: each character is looked at once.
    [GeneratedRegex(@"\[[^\[\]]*\]|\([^()]*\)", RegexOptions.CultureInvariant)]
    private static partial Regex Described();

    [GeneratedRegex("[\u2669-\u266C]", RegexOptions.CultureInvariant)]
    private static partial Regex Music();

    // Up to four words; a colon within a time has no white space behind it.
    [GeneratedRegex(
        @"(?:^|(?<=[.!?\u2026\-\u2013\u2014>] ?))[-\u2013\u2014> ]{0,4}\p{Lu}[\p{Lu}\p{N}.'\u2019#-]{0,30}(?: [\p{Lu}\p{N}.'\u2019#-]{1,30}){0,3}:(?=\s|$)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Speaker();
}
