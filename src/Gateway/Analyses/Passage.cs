using Emotion.Features.Transcripts;
using Emotion.Features.Words;
using ClipWindow = Emotion.Contracts.Common.V1.ClipWindow;
using Transcript = Emotion.Gateway.Api.Transcript;
using TranscriptSegment = Emotion.Gateway.Api.TranscriptSegment;

namespace Emotion.Gateway.Analyses;

/// <summary>Words that are read as one: a segment of a transcript, a part of a long one, or cues that make a sentence together.</summary>
public sealed class Passage
{
    /// <summary>More is cut, where a sentence ends or at least a word. A text model reads 64 pieces of words at once, about so many characters.</summary>
    public const int LongestText = 240;

    /// <summary>A sentence that goes on after a longer pause on the screen is another.</summary>
    private const double LongestPauseSeconds = 2;

    private readonly IReadOnlyList<(TranscriptSegment Segment, int Words)> _parts;

    private Passage(string text, IEnumerable<(TranscriptSegment Segment, string Text)> parts)
    {
        Text = text;
        _parts = [.. parts.Select(part => (part.Segment, Math.Max(1, CountWords(part.Text))))];
    }

    public string Text { get; }

    /// <summary>All words of a transcript, in order. Nobody knows when the parts of a segment are said: each has the times of the whole.</summary>
    public static IEnumerable<Passage> Of(Transcript transcript) => transcript.Segments.SelectMany(segment => Cut(segment, segment.Text));

    /// <summary>
    /// What is said in subtitles, in order: neighbouring cues are joined until a sentence ends, another one speaks, a pause comes or the
    /// passage would be too long. Each cue's words keep its times.
    /// </summary>
    public static IEnumerable<Passage> OfCues(Transcript transcript)
    {
        var sentence = new List<(TranscriptSegment Segment, string Text)>();
        foreach (var segment in transcript.Segments)
        {
            var said = CueSpeech.Of(segment.Text);
            if (!WordReader.HasWord(said.Words))
            {
                continue;
            }

            if (sentence.Count > 0 && (said.IsNewSpeaker || !GoesOn(sentence, segment, said.Words)))
            {
                yield return Joined(sentence);
                sentence = [];
            }

            if (said.Words.Length > LongestText)
            {
                foreach (var part in Cut(segment, said.Words))
                {
                    yield return part;
                }

                continue;
            }

            sentence.Add((segment, said.Words));
        }

        if (sentence.Count > 0)
        {
            yield return Joined(sentence);
        }
    }

    /// <summary>How many of its words fall into a window, if those of each segment are spread evenly over its time.</summary>
    public double WordsIn(ClipWindow window) => _parts.Sum(part => WordsIn(window, part.Segment, part.Words));

    /// <summary>Without the words: they are private, and whatever prints this must not print them.</summary>
    public override string ToString() => $"{_parts.Sum(part => part.Words)} words, {string.Join(", ", _parts.Select(part => part.Segment))}";

    private static double WordsIn(ClipWindow window, TranscriptSegment segment, int words)
    {
        var length = segment.End - segment.Start;
        if (length <= 0)
        {
            return segment.Start >= window.StartSeconds && segment.Start < window.EndSeconds ? words : 0;
        }

        var common = Math.Min(segment.End, window.EndSeconds) - Math.Max(segment.Start, window.StartSeconds);
        return words * Math.Max(0, common) / length;
    }

    private static IEnumerable<Passage> Cut(TranscriptSegment segment, string text) =>
        TextCut.Pieces(text, LongestText).Select(part => new Passage(part, [(segment, part)]));

    private static bool GoesOn(List<(TranscriptSegment Segment, string Text)> sentence, TranscriptSegment next, string text) =>
        !TextCut.EndsSentence(sentence[^1].Text)
        && next.Start - sentence[^1].Segment.End <= LongestPauseSeconds
        && sentence.Sum(part => part.Text.Length + 1) + text.Length <= LongestText;

    private static Passage Joined(List<(TranscriptSegment Segment, string Text)> sentence) => new(string.Join(' ', sentence.Select(part => part.Text)), sentence);

    private static int CountWords(ReadOnlySpan<char> text)
    {
        Span<char> buffer = stackalloc char[WordReader.Longest];
        var reader = new WordReader(text, buffer);
        var count = 0;
        while (reader.Next(out var word))
        {
            count += char.IsLetterOrDigit(word[1]) ? 1 : 0;
        }

        return count;
    }
}
