using System.Text;
using Emotion.Features.Transcripts;

namespace Emotion.Features.Tests;

public sealed class TranscriptParserTests
{
    private static readonly TranscriptLimits Limits = new(Bytes: 4000, Segments: 5, Characters: 200);

    [Fact]
    public void Parse_SubRip_GivesTimesAndWordsWithoutMarkup()
    {
        const string File =
            "1\r\n00:00:01,500 --> 00:00:04,000\r\n{\\an8}<i>Kids are talking</i>\r\nby the door.\r\n\r\n"
            + "2\r\n01:00:00,000 --> 01:00:01,250 X1:0 X2:9\r\n3 < 4 &amp; I <3 you\r\n";

        var transcript = Parse(File);

        Assert.Equal(TranscriptFormat.SubRip, transcript.Format);
        Assert.Equal(
            [new(1.5, 4, "Kids are talking by the door."), new TranscriptSegment(3600, 3601.25, "3 < 4 &amp; I <3 you")], transcript.Segments);
    }

    [Fact]
    public void Parse_WebVtt_LeavesOutCommentsStylesAndSettings()
    {
        const string File =
            "WEBVTT - a title\nKind: captions\n\nNOTE this is\nno cue\n\nSTYLE\n::cue { color: red }\n\n"
            + "second\n00:05.000 --> 00:06.000 align:start position:10%\n<v Anna>R&amp;D <c.loud>is</c> <00:05.500>here&nbsp;!\n\n"
            + "00:01.000 --> 00:02.000\nfirst\n";

        var transcript = Parse(File);

        Assert.Equal(TranscriptFormat.WebVtt, transcript.Format);
        Assert.Equal([new(1, 2, "first"), new TranscriptSegment(5, 6, "R&D is here !")], transcript.Segments);
    }

    [Fact]
    public void Parse_PlainText_IsASegmentALineWithoutTimes()
    {
        var transcript = Parse("\uFEFFI am so\thappy.\n\n  Are you? \u0007\rYes");

        Assert.Equal(TranscriptFormat.PlainText, transcript.Format);
        Assert.Equal([new(null, null, "I am so happy."), new(null, null, "Are you?"), new TranscriptSegment(null, null, "Yes")], transcript.Segments);
    }

    [Fact]
    public void Parse_DeclaredPlainText_IsNotReadAsSubtitles() =>
        Assert.Equal(2, TranscriptParser.Parse("1\n00:00:01,500 --> 00:00:04,000"u8, TranscriptFormat.PlainText, Limits).Segments.Count);

    [Fact]
    public void Parse_CueWithoutText_IsLeftOut()
    {
        var transcript = Parse("1\n00:00:01,000 --> 00:00:02,000\n<i></i>\n\n2\n00:00:03,000 --> 00:00:04,000\nyes\n");

        Assert.Equal([new TranscriptSegment(3, 4, "yes")], transcript.Segments);
    }

    [Theory]
    [InlineData("", "says nothing")]
    [InlineData("\n \n", "says nothing")]
    [InlineData("WEBVTT\n\nname\nno times\n", "Line 4")]
    [InlineData("WEBVTT\n\n00:01.000 --> 00:00.500\nx", "ends before it starts")]
    [InlineData("WEBVTT\n\n00:01.000 --> 00:61.000\nx", "Line 3")]
    [InlineData("WEBVTT\n\n00:01 --> 00:02\nx", "Line 3")]
    [InlineData("WEBVTT\n\n99999:00:01.000 --> 99999:00:02.000\nx", "Line 3")]
    [InlineData("WEBVTT\n\n00:01.000 --> 00:02.000\nx\n00:03.000 --> 00:04.000\ny", "Line 5")]
    [InlineData("1\n2\n3\n4\n5\n6\n", "5 segments")]
    [InlineData("a\0b", "zero bytes")]
    public void Parse_WhatIsNoTranscript_IsRefusedWithThePlace(string file, string reason) =>
        Assert.Contains(reason, Assert.Throws<TranscriptException>(() => Parse(file)).Message);

    [Fact]
    public void Parse_BeyondALimit_IsRefused()
    {
        Assert.Contains("4001 bytes", Assert.Throws<TranscriptException>(() => Parse(new string('a', 4001))).Message);
        var cue = "1\n00:00:01,000 --> 00:00:02,000\n" + string.Concat(Enumerable.Repeat("many words\n", 30));
        Assert.Contains("200 characters", Assert.Throws<TranscriptException>(() => Parse(cue)).Message);
    }

    [Fact]
    public void Parse_LongLineOfPlainText_IsCutAtSentencesAndCountedAgainstTheSegments()
    {
        var sentence = "It took 3.5 hours to say all of this, and nobody had asked for any of it.";

        var transcript = Parse(string.Join(' ', Enumerable.Repeat(sentence, 5)) + " " + new string('a', 201));

        Assert.Equal(
            [$"{sentence} {sentence}", $"{sentence} {sentence}", sentence, new string('a', 200), "a"], transcript.Segments.Select(segment => segment.Text));
        Assert.Contains("5 segments", Assert.Throws<TranscriptException>(() => Parse(new string('a', 1001))).Message);
    }

    [Theory]
    [InlineData("1\n00:00:01,000 --> 00:00:02,000\nI said\n\nno to\n\n \nyou\n\n2\n00:00:03,000 --> 00:00:04,000\nyes\n")]
    [InlineData("WEBVTT\n\n00:01.000 --> 00:02.000\n\nI said\n\nno to you\n\nNOTE not\nthis\n\n00:03.000 --> 00:04.000\nyes\n")]
    public void Parse_BlankLineWithinACue_GoesOnWithIt(string file) =>
        Assert.Equal([new(1, 2, "I said no to you"), new TranscriptSegment(3, 4, "yes")], Parse(file).Segments);

    [Fact]
    public void Segment_Printed_HasNoWordOfIt()
    {
        var printed = string.Join(' ', Parse("WEBVTT\n\n00:01.000 --> 00:02.000\naardvark\n").Segments) + Parse("aardvark").Segments[0] + CueSpeech.Of("aardvark");

        Assert.Contains("1.00 s to 2.00 s", printed);
        Assert.DoesNotContain("aardvark", printed, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("[door slams]", "", false)]
    [InlineData("(laughs) \u266A \u266A", "", false)]
    [InlineData("JOHN:", "", true)]
    [InlineData("JOHN: Hi. MARY ANN: (sighs) Hello.", "Hi. Hello.", true)]
    [InlineData("- DR. O'NEIL #2: Stop!", "Stop!", true)]
    [InlineData("- Who? - Me.", "Who? - Me.", true)]
    [InlineData("\u266A la la \u266A", "la la", false)]
    [InlineData("Come at 10:30, OK: I wait", "Come at 10:30, OK: I wait", false)]
    [InlineData("Listen: I am (not) sure :(", "Listen: I am sure :(", false)]
    public void CueSpeech_LeavesOutSoundsMusicAndSpeakers(string cue, string words, bool isNewSpeaker) =>
        Assert.Equal(new CueSpeech(words, isNewSpeaker), CueSpeech.Of(cue));

    [Fact]
    public void Parse_OtherEncodings_AreRefused()
    {
        Assert.Contains("UTF-8", Assert.Throws<TranscriptException>(() => TranscriptParser.Parse([0x4D, 0xFC, 0x6C], null, Limits)).Message);
        Assert.Throws<TranscriptException>(() => TranscriptParser.Parse(Encoding.Unicode.GetBytes("hello"), null, Limits));
    }

    [Fact]
    public void Parse_RefusedText_IsNotQuoted()
    {
        const string Secret = "nobody may read this";

        var refused = Assert.Throws<TranscriptException>(() => Parse($"WEBVTT\n\n{Secret}\n{Secret}\n"));

        Assert.DoesNotContain(Secret, refused.ToString());
    }

    [Fact]
    public void Parse_AnyBytes_AreReadOrRefused()
    {
        var random = new Random(3);
        var alphabet = "WEBVTT\n\r:0123.,-> <>&{}\\ab"u8.ToArray();
        for (var i = 0; i < 2000; i++)
        {
            var file = new byte[random.Next(300)];
            for (var n = 0; n < file.Length; n++)
            {
                file[n] = alphabet[random.Next(alphabet.Length)];
            }

            TranscriptFormat? format = (i % 4) switch { 0 => null, var n => (TranscriptFormat)(n - 1) };
            if (Record.Exception(() => TranscriptParser.Parse(i % 2 == 0 ? [.. "WEBVTT\n\n"u8, .. file] : file, format, Limits)) is { } refused)
            {
                Assert.IsType<TranscriptException>(refused);
            }
        }
    }

    private static Transcript Parse(string file) => TranscriptParser.Parse(Encoding.UTF8.GetBytes(file), null, Limits);
}
