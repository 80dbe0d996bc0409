using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Emotion.Gateway.Analyses;
using Grpc.Core;

namespace Emotion.Gateway.Tests;

/// <summary>Where the words of a clip come from, and where they never go.</summary>
public sealed class TranscriptTests(TestClips clips)
{
    private const string Include = "?wait=true&includeTranscript=true";
    private const string Given = "WEBVTT\n\n00:00.500 --> 00:01.250\nmy aardvark is here\n";

    [Fact]
    public async Task Post_TranscriptBesideTheClip_IsInTheAnswerWithItsTimes()
    {
        await using var system = await FakeSystem.StartAsync();

        var answer = await system.Http.PostFormAsync(
            clips.Talk(), "?wait=true", ("transcript", Given), ("language", "en-GB"), ("includeTranscript", "true")).AnswerAsync();

        Assert.Equal(("caller", "en-GB"), (answer.Text("transcript", "source"), answer.Text("transcript", "language")));
        Assert.Equal((0.5, 1.25, "my aardvark is here"), SegmentOf(answer));
        Assert.Equal("abstained", answer.Text("modalities", "text", "status"));
        Assert.StartsWith("not-classified:", answer.Text("modalities", "text", "reason"));
        Assert.Empty(system.Text.Heard);
    }

    [Fact]
    public async Task Post_ClipWithSubtitles_TakesTheirWords()
    {
        await using var system = await FakeSystem.StartAsync();

        var answer = await system.Http.PostRawAsync(clips.WithSubtitles(), Include).AnswerAsync();

        Assert.Equal("subtitles", answer.Text("transcript", "source"));
        Assert.Equal((0.0, 2.0, "words"), SegmentOf(answer));
        Assert.Empty(system.Text.Heard);
    }

    [Fact]
    public async Task Post_SoundAlone_IsWrittenDownByTheTextService()
    {
        await using var system = await FakeSystem.StartAsync();
        await FakeSystem.WaitUntilAsync(() => system.Offered is [{ HasText: true }]);

        var answer = await system.Http.PostRawAsync(clips.Talk(3), Include + "&language=en").AnswerAsync();

        Assert.Equal("speech", answer.Text("transcript", "source"));
        Assert.Equal((0.25, 1.5, FakeText.Words), SegmentOf(answer));
        Assert.Equal("20261122-1200-text", answer.Text("models", "text"));
        var (start, bytes) = Assert.Single(system.Text.Heard);
        Assert.Equal((FakeAnswers.Release, "en"), (start.Release, start.Language));
        Assert.InRange(bytes, 2.9 * 32_000, 3.2 * 32_000);
    }

    [Theory]
    [InlineData("eng", "en")]
    [InlineData("EN-gb", "en")]
    [InlineData("und", "")]
    public async Task Post_LanguageThatIsOrMayBeEnglish_IsHeardAsTheServiceNamesIt(string given, string sent)
    {
        await using var system = await FakeSystem.StartAsync();
        await FakeSystem.WaitUntilAsync(() => system.Offered is [{ HasText: true }]);

        var answer = await system.Http.PostRawAsync(clips.SoundOnly(), Include + "&language=" + given).AnswerAsync();

        Assert.Equal(("speech", given), (answer.Text("transcript", "source"), answer.Text("transcript", "language")));
        Assert.Equal(sent, Assert.Single(system.Text.Heard).Start.Language);
    }

    [Fact]
    public async Task Post_WordsOfAnotherLanguage_AbstainsUnreadAndShowsThem()
    {
        await using var system = await FakeSystem.StartAsync();
        await system.ReadTextAsync();

        var answer = await system.Http.PostFormAsync(
            clips.Talk(), Include, ("transcript", "Ich wei\u00DF nicht, warum er ohne ein Wort gegangen ist.")).AnswerAsync();

        Assert.StartsWith("not-english:", answer.Text("modalities", "text", "reason"));
        Assert.Equal("caller", answer.Text("transcript", "source"));
        Assert.Empty(system.Reader.Asked);
    }

    [Fact]
    public async Task Post_MoreSoundThanTheServiceTakes_SaysThatItIsTooLong()
    {
        await using var system = await FakeSystem.StartAsync();
        await FakeSystem.WaitUntilAsync(() => system.Offered is [{ HasText: true }]);
        system.Text.Before = _ => throw new RpcException(new Status(StatusCode.ResourceExhausted, "The sound is longer than 1 s."));

        var answer = await system.Http.PostRawAsync(clips.SoundOnly(), Include).AnswerAsync();

        Assert.Equal("failed", answer.Text("modalities", "text", "status"));
        Assert.StartsWith("too-long: The sound is longer", answer.Text("modalities", "text", "reason"));
    }

    [Fact]
    public async Task Post_WithoutAsking_NobodyListensAndNoWordIsInTheAnswer()
    {
        await using var system = await FakeSystem.StartAsync();
        await FakeSystem.WaitUntilAsync(() => system.Offered is [{ HasText: true }]);

        var heard = await system.Http.PostRawAsync(clips.WithSubtitles()).AnswerAsync();
        var given = await system.Http.PostFormAsync(clips.Talk(), "?wait=true", ("transcript", Given)).AnswerAsync();

        Assert.Null(heard["transcript"]);
        Assert.Null(given["transcript"]);
        Assert.DoesNotContain("aardvark", given.ToJsonString(), StringComparison.Ordinal);
        Assert.Empty(system.Text.Heard);
    }

    [Fact]
    public async Task Post_AnotherLanguage_TextAbstainsWithThatReason()
    {
        await using var system = await FakeSystem.StartAsync();
        await FakeSystem.WaitUntilAsync(() => system.Offered is [{ HasText: true }]);
        system.Text.Foreign = true;

        var told = await system.Http.PostRawAsync(clips.Talk(), Include + "&language=fr").AnswerAsync();
        Assert.Empty(system.Text.Heard);
        var heard = await system.Http.PostRawAsync(clips.Talk(), Include).AnswerAsync();

        foreach (var answer in new[] { told, heard })
        {
            Assert.Equal("abstained", answer.Text("modalities", "text", "status"));
            Assert.StartsWith("not-english:", answer.Text("modalities", "text", "reason"));
            Assert.Null(answer["transcript"]);
            Assert.Equal("angry", answer.Text("modalities", "audio", "prediction"));
        }

        Assert.Single(system.Text.Heard);
    }

    [Fact]
    public async Task Post_TextServiceThatFails_OthersGoOn()
    {
        await using var system = await FakeSystem.StartAsync();
        await FakeSystem.WaitUntilAsync(() => system.Offered is [{ HasText: true }]);
        system.Text.Before = _ => throw new RpcException(new Status(StatusCode.Unknown, "a defect"));

        var answer = await system.Http.PostRawAsync(clips.Talk(), Include).AnswerAsync();

        Assert.Equal("failed", answer.Text("modalities", "text", "status"));
        Assert.Equal("angry", answer.Text("modalities", "audio", "prediction"));
    }

    [Fact]
    public async Task Post_Words_AreInNoLogAndNoSpan()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var system = await FakeSystem.StartAsync();
        await system.ReadTextAsync();

        var given = await system.Http.PostFormAsync(clips.Talk(), Include, ("transcript", Given)).AnswerAsync();
        var heard = await system.Http.PostRawAsync(clips.Talk(), Include).AnswerAsync();
        Assert.Equal(["my aardvark is here", FakeText.Words], system.Reader.Asked.SelectMany(call => call.Texts));
        system.Reader.Before = _ => throw new RpcException(new Status(StatusCode.InvalidArgument, "too long"));
        Assert.Equal("failed", (await system.Http.PostRawAsync(clips.Talk()).AnswerAsync()).Text("modalities", "text", "status"));
        var (_, reason) = await system.Http.PostFormAsync(clips.Talk(), Include, ("transcript", Given + "\naardvark --> aardvark\n")).ProblemAsync();

        Assert.Equal(("caller", "speech", "bad-transcript"), (given.Text("transcript", "source"), heard.Text("transcript", "source"), reason));
        Assert.NotEmpty(system.Log.Lines);
        Assert.Contains(spans, span => span.OperationName == "text");
        var told = string.Join('\n', system.Log.Lines.Concat(spans.Select(Told)));
        Assert.DoesNotContain("aardvark", told, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("xylophone", told, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("transcript", "", "bad-transcript")]
    [InlineData("language", "en; drop", "bad-language")]
    [InlineData("includeTranscript", "perhaps", "bad-multipart")]
    public async Task Post_FieldThatMakesNoSense_IsRefused(string field, string value, string reason)
    {
        await using var system = await FakeSystem.StartAsync();

        var (response, told) = await system.Http.PostFormAsync(clips.Talk(), "?wait=true", (field, value)).ProblemAsync();

        Assert.Equal((400, reason), ((int)response.StatusCode, told));
    }

    [Theory]
    [InlineData("transcript")]
    [InlineData("clip")]
    public async Task Post_PartThatIsThereTwice_IsRefused(string part)
    {
        await using var system = await FakeSystem.StartAsync();

        var (response, reason) = await system.Http.PostFormAsync(
            clips.SoundOnly(), "?wait=true", ("transcript", "I am here."), (part, "I am there.")).ProblemAsync();

        Assert.Equal((400, "bad-multipart"), ((int)response.StatusCode, reason));
    }

    [Fact]
    public async Task Post_TranscriptBeyondTheLimit_IsRefusedAsTooLarge()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:MaximumTranscriptBytes", "100"));

        var (response, _) = await system.Http.PostFormAsync(clips.Talk(), "?wait=true", ("transcript", new string('a', 101))).ProblemAsync();

        Assert.Equal(413, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("und", true)]
    [InlineData("EN-us", true)]
    [InlineData("eng", true)]
    [InlineData("enm", false)]
    [InlineData("de", false)]
    public void Language_OfCallersAndContainers_IsEnglishOrNot(string language, bool english) =>
        Assert.Equal(english, SpokenLanguage.MayBeEnglish(language));

    private static (double Start, double End, string Text) SegmentOf(JsonObject answer)
    {
        var segment = Assert.Single(answer["transcript"]!["segments"]!.AsArray())!;
        return (segment["start"]!.GetValue<double>(), segment["end"]!.GetValue<double>(), segment.Text("text"));
    }

    private static string Told(Activity span) =>
        $"{span.DisplayName} {span.StatusDescription} {string.Join(' ', span.TagObjects)} {string.Join(' ', span.Baggage)} "
        + string.Join(' ', span.Events.Select(happened => $"{happened.Name} {string.Join(' ', happened.Tags)}"));
}
