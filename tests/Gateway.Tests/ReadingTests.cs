using System.Text.Json.Nodes;
using Emotion.Contracts.Text.V1;
using Emotion.Gateway.Analyses;
using Emotion.Gateway.Api;
using Grpc.Core;
using ClipWindow = Emotion.Contracts.Common.V1.ClipWindow;

namespace Emotion.Gateway.Tests;

/// <summary>What the words of a clip carry, for the clip and over time.</summary>
public sealed class ReadingTests(TestClips clips)
{
    private const string Include = "?wait=true&includeTranscript=true";
    private const string Given = "WEBVTT\n\n00:00.000 --> 00:02.000\njoy\n\n00:04.500 --> 00:06.000\ntears tears, tears!\n\n00:06.000 --> 00:07.000\n...\n";

    [Fact]
    public async Task Post_TranscriptWithTimes_SaysWhatTheWordsOfEachWindowAndOfTheClipCarry()
    {
        await using var system = await ReadingSystemAsync();

        var answer = await system.Http.PostFormAsync(clips.Talk(10), "?wait=true", ("transcript", Given)).AnswerAsync();

        var text = answer["modalities"]!["text"]!;
        Assert.Equal(("used", "sad", "caller"), (text.Text("status"), text.Text("prediction"), text.Text("source")));
        Assert.Equal((3 * FakeReader.Sure + FakeReader.Other) / 4, text["posterior"]!["sad"]!.GetValue<double>(), 5);
        Assert.Equal((FakeReader.Sure + 3 * FakeReader.Other) / 4, text["posterior"]!["happy"]!.GetValue<double>(), 5);
        Assert.Equal(system.Reader.Covered, text["coveredLabels"]!.AsArray().Select(label => label!.GetValue<string>()));
        Assert.Null(text["reason"]);
        var windows = answer["windows"]!.AsArray().Select(window => window!["text"]!).ToList();
        Assert.Equal(["happy", "sad", null], windows.Select(window => window["prediction"]?.GetValue<string>()));
        Assert.Equal(FakeReader.Sure, windows[1]["posterior"]!["sad"]!.GetValue<double>(), 5);
        Assert.Equal("no-words: No word is said in this window.", windows[2].Text("reason"));
        Assert.Equal("20261122-1200-text", answer.Text("models", "text"));
        var asked = Assert.Single(system.Reader.Asked);
        Assert.Equal((FakeAnswers.Release, answer.Text("id")), (asked.Release, asked.ClipId));
        Assert.Null(answer["transcript"]);
        Assert.DoesNotContain("tears", answer.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_WordsThatWereRead_TakePartInTheFusedAnswerOfTheirWindows()
    {
        await using var system = await ReadingSystemAsync();

        var answer = await system.Http.PostFormAsync(clips.Talk(10), "?wait=true", ("transcript", Given)).AnswerAsync();

        var evidence = Assert.Single(system.Fusion.Asked).Windows.Select(window => window.Evidence.SingleOrDefault(one => one.Modality == "text")).ToList();
        Assert.Equal(["joy".Length, "tears tears, tears!".Length, null], evidence.Select(one => (int?)one?.FeatureMap.Values[0]));
        Assert.Equal("20261122-1200-text", evidence[0]!.FeatureMap.Producer.Version);
        Assert.Equal(FakeReader.Sure, evidence[1]!.Posterior.Probabilities[3], 5);
        Assert.Equal(1, evidence[0]!.Quality);
        Assert.Equal(0.1, answer["modalities"]!["text"]!["contribution"]!.GetValue<double>(), 5);
        Assert.True(answer["fused"]!["modalitiesDisagree"]!.GetValue<bool>());
        var windows = answer["windows"]!.AsArray();
        Assert.Equal([0.1, 0.1, null], windows.Select(window => window!["text"]!["contribution"]?.GetValue<double>()));
        Assert.Equal([true, true, false], windows.Select(window => window!["fused"]!["modalitiesDisagree"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task Post_WordsThatWereHeard_CountAsFarAsTheyAreBelieved()
    {
        await using var system = await ReadingSystemAsync();

        await system.Http.PostRawAsync(clips.SoundOnly()).AnswerAsync();

        var evidence = Assert.Single(system.Fusion.Asked).Windows[0].Evidence.Single(one => one.Modality == "text");
        Assert.Equal(0.9f, evidence.Quality);
    }

    [Fact]
    public async Task Post_WordsThatFusionDoesNotKnow_StandBesideTheFusedAnswerAndChangeNothingOfIt()
    {
        await using var system = await ReadingSystemAsync();
        system.Fusion.KnowsText = false;

        var with = await system.Http.PostFormAsync(clips.Talk(), "?wait=true", ("transcript", "joy")).AnswerAsync();
        var without = await system.Http.PostFormAsync(clips.Talk(), "?wait=true", ("transcript", "joy"), ("language", "de")).AnswerAsync();

        Assert.Equal(("used", "abstained"), (with.Text("modalities", "text", "status"), without.Text("modalities", "text", "status")));
        Assert.Equal("happy", with.Text("modalities", "text", "prediction"));
        Assert.Null(with["modalities"]!["text"]!["contribution"]);
        Assert.Null(with["windows"]![0]!["text"]!["contribution"]);
        Assert.True(JsonNode.DeepEquals(with["fused"], without["fused"]));
        Assert.Single(system.Reader.Asked);
    }

    [Fact]
    public async Task Post_WordsThatFusionRefuses_AreLeftOutAndTheAnswerComes()
    {
        await using var system = await ReadingSystemAsync();
        system.Fusion.RefusesText = true;

        var answer = await system.Http.PostFormAsync(clips.Talk(), "?wait=true", ("transcript", "joy")).AnswerAsync();

        Assert.Equal([3, 2], system.Fusion.Asked.Select(asked => asked.Windows[0].Evidence.Count));
        Assert.Equal(("used", "happy"), (answer.Text("modalities", "text", "status"), answer.Text("modalities", "text", "prediction")));
        Assert.Null(answer["modalities"]!["text"]!["contribution"]);
        Assert.Equal(0.1, answer["modalities"]!["audio"]!["contribution"]!.GetValue<double>(), 5);
        Assert.Contains(system.Log.Lines, line => line.Contains("once more without the words", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Post_RequestThatFusionRefusesAnyhow_IsAskedOnceMoreAndThenTold()
    {
        await using var system = await ReadingSystemAsync(("Gateway:Jobs:Attempts", "1"));
        system.Fusion.Before = _ => throw new RpcException(new Status(StatusCode.InvalidArgument, "Not like this."));

        var (_, reason) = await system.Http.PostFormAsync(clips.Talk(), "?wait=true", ("transcript", "joy")).ProblemAsync();

        Assert.Equal("fusion-failed", reason);
        Assert.Equal(2, system.Fusion.Asked.Count);
    }

    [Fact]
    public async Task Post_SoundAlone_IsHeardAndReadWhetherOrNotTheWordsAreAskedFor()
    {
        await using var system = await ReadingSystemAsync();

        var without = await system.Http.PostRawAsync(clips.SoundOnly()).AnswerAsync();
        var with = await system.Http.PostRawAsync(clips.SoundOnly(), Include).AnswerAsync();

        foreach (var answer in new[] { without, with })
        {
            Assert.Equal(
                ("used", "neutral", "speech"),
                (answer.Text("modalities", "text", "status"), answer.Text("modalities", "text", "prediction"), answer.Text("modalities", "text", "source")));
        }

        Assert.DoesNotContain("xylophone", without.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(FakeText.Words, with["transcript"]!["segments"]![0]!.Text("text"));
    }

    [Fact]
    public async Task Post_ClipWithSubtitles_ReadsThemAndHearsNothing()
    {
        await using var system = await ReadingSystemAsync();

        var answer = await system.Http.PostRawAsync(clips.WithSubtitles()).AnswerAsync();

        Assert.Equal(("used", "subtitles"), (answer.Text("modalities", "text", "status"), answer.Text("modalities", "text", "source")));
        Assert.Equal(["words"], Assert.Single(system.Reader.Asked).Texts);
        Assert.Empty(system.Text.Heard);
    }

    [Fact]
    public async Task Post_SilentPicture_HasNoTextAndNobodyIsAsked()
    {
        await using var system = await ReadingSystemAsync();

        var answer = await system.Http.PostRawAsync(clips.PictureOnly()).AnswerAsync();

        Assert.StartsWith("no-transcript:", answer.Text("modalities", "text", "reason"));
        Assert.Empty(system.Reader.Asked);
        Assert.Empty(system.Text.Heard);
    }

    [Fact]
    public async Task Post_SpeechThatIsNotEnglish_AbstainsUnread()
    {
        await using var system = await ReadingSystemAsync();
        system.Text.Foreign = true;

        var answer = await system.Http.PostRawAsync(clips.Talk()).AnswerAsync();

        Assert.StartsWith("not-english:", answer.Text("modalities", "text", "reason"));
        Assert.StartsWith("not-english:", answer["windows"]![0]!["text"]!.Text("reason"));
        Assert.Equal("speech", answer.Text("modalities", "text", "source"));
        Assert.Empty(system.Reader.Asked);
    }

    [Fact]
    public async Task Post_WordsAfterTheEndOfTheClip_AbstainsForLackOfWords()
    {
        await using var system = await ReadingSystemAsync();

        var answer = await system.Http.PostFormAsync(clips.Talk(), "?wait=true", ("transcript", "WEBVTT\n\n01:00.000 --> 01:01.000\njoy\n")).AnswerAsync();

        Assert.Equal("abstained", answer.Text("modalities", "text", "status"));
        Assert.StartsWith("no-words:", answer.Text("modalities", "text", "reason"));
    }

    [Fact]
    public async Task Reading_ReplicaDiesInMidCall_AnotherIsAsked()
    {
        await using var system = await ReadingSystemAsync();
        var reached = new TaskCompletionSource<string>();
        system.Reader.Before = async context =>
        {
            if (reached.TrySetResult(context.Host))
            {
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            }
        };
        var call = system.Http.PostFormAsync(clips.Talk(), "?wait=true", ("transcript", "joy"));
        await reached.Task.WithinAMinute();

        await system.KillAsync(await reached.Task);

        var text = (await call.AnswerAsync())["modalities"]!["text"]!;
        Assert.True(text.Text("status") == "used", text.ToJsonString());
        Assert.True(system.Reader.Asked.Count >= 2, $"{system.Reader.Asked.Count} calls");
    }

    [Fact]
    public async Task Reading_FromAnotherRelease_FailsAndTheWordsAndTheOthersAreThere()
    {
        await using var system = await ReadingSystemAsync();
        system.Reader.OtherRelease = "20261121-0900";

        var answer = await system.Http.PostFormAsync(clips.Talk(), Include, ("transcript", "joy")).AnswerAsync();

        Assert.Equal("failed", answer.Text("modalities", "text", "status"));
        Assert.StartsWith("wrong-release: The text service ", answer.Text("modalities", "text", "reason"));
        Assert.Equal("joy", answer["transcript"]!["segments"]![0]!.Text("text"));
        Assert.Equal("angry", answer.Text("modalities", "audio", "prediction"));
        Assert.Null(answer["models"]!["text"]);
    }

    [Fact]
    public async Task Reading_FailsAfterHearing_NamesTheModelThatHeard()
    {
        await using var system = await ReadingSystemAsync();
        system.Reader.Before = _ => throw new RpcException(new Status(StatusCode.Unknown, "not today"));

        var answer = await system.Http.PostRawAsync(clips.SoundOnly(), Include).AnswerAsync();

        Assert.Equal("failed", answer.Text("modalities", "text", "status"));
        Assert.Equal(FakeText.Words, answer["transcript"]!["segments"]![0]!.Text("text"));
        Assert.Equal("20261122-1200-text", answer.Text("models", "text"));
    }

    [Fact]
    public async Task Reading_Cues_ReadsWhatIsSaidAndShowsAll()
    {
        await using var system = await ReadingSystemAsync();
        const string Cues =
            "WEBVTT\n\n00:00.000 --> 00:01.000\n[door slams]\nJOHN: I shed so\n\n00:01.000 --> 00:02.000\nmany tears. (sobs)\n\n00:02.000 --> 00:02.500\n\u266A \u266A\n";

        var answer = await system.Http.PostFormAsync(clips.Talk(), Include, ("transcript", Cues)).AnswerAsync();

        Assert.Equal(["I shed so many tears."], Assert.Single(system.Reader.Asked).Texts);
        Assert.Equal("sad", answer.Text("modalities", "text", "prediction"));
        Assert.Equal(
            ["[door slams] JOHN: I shed so", "many tears. (sobs)", "\u266A \u266A"],
            answer["transcript"]!["segments"]!.AsArray().Select(segment => segment!.Text("text")));
    }

    [Theory]
    [InlineData(StatusCode.Unknown, "failed", "no-service:")]
    [InlineData(StatusCode.FailedPrecondition, "abstained", "not-classified:")]
    public async Task Reading_ServiceRefuses_TextSaysSoAndTheOthersGoOn(StatusCode refusal, string status, string reason)
    {
        await using var system = await ReadingSystemAsync();
        system.Reader.Before = _ => throw new RpcException(new Status(refusal, "not today"));

        var answer = await system.Http.PostFormAsync(clips.Talk(), "?wait=true", ("transcript", "joy")).AnswerAsync();

        Assert.Equal(status, answer.Text("modalities", "text", "status"));
        Assert.StartsWith(reason, answer.Text("modalities", "text", "reason"));
        Assert.Equal("angry", answer.Text("modalities", "audio", "prediction"));
    }

    [Fact]
    public async Task Reading_MoreThanOneCallTakes_IsAskedForInOrder()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:Calls:PassagesPerCall", "2"));
        await system.ReadTextAsync();

        var answer = await system.Http.PostFormAsync(clips.Talk(), "?wait=true", ("transcript", "tears\njoy and joy and joy\nand so on")).AnswerAsync();

        Assert.Equal(["tears", "joy and joy and joy", "and so on"], system.Reader.Asked.SelectMany(call => call.Texts));
        Assert.Equal([2, 1], system.Reader.Asked.Select(call => call.Texts.Count));
        Assert.Equal("happy", answer.Text("modalities", "text", "prediction"));
    }

    [Fact]
    public void Spread_PassageOverTwoWindows_CountsInEachByItsShare()
    {
        ClipWindow[] windows = [Window(0, 0, 4), Window(1, 4, 8)];
        var passages = Passage.Of(new Transcript("caller", null, [new(0, 1, "joy"), new(1, 5, "tears and more tears"), new(6, 6, "joy")])).ToList();

        var spread = ReadingStage.Spread(windows, passages, [.. passages.Select(passage => FakeReader.Read(passage.Text))]);

        Assert.Equal((3 * FakeReader.Sure + FakeReader.Other) / 4, spread.Windows[0].Posterior.Probabilities[3], 5);
        Assert.Equal((FakeReader.Sure + FakeReader.Other) / 2, spread.Windows[1].Posterior.Probabilities[3], 5);
        Assert.Equal("tears and more tears".Length, spread.Windows[0].FeatureMap!.Values[0]);
        Assert.Equal((4 * FakeReader.Sure + 2 * FakeReader.Other) / 6, spread.Posterior!.Probabilities[3], 5);
        Assert.Equal(1, spread.Posterior.Probabilities.Sum(), 5);
    }

    [Fact]
    public void Passages_OfALongText_EndWithSentencesAndLoseNothing()
    {
        var sentence = "It took 3.5 hours to say all of this, and nobody had asked for any of it.";
        var text = string.Join(' ', Enumerable.Repeat(sentence, 7)) + " " + string.Join(' ', Enumerable.Repeat("and on", 100)) + new string('a', 500);

        var passages = Passage.Of(new Transcript("caller", null, [new(0, 9, text)])).ToList();

        Assert.All(passages, passage => Assert.InRange(passage.Text.Length, 1, Passage.LongestText));
        Assert.Equal($"{sentence} {sentence} {sentence}", passages[0].Text);
        Assert.Equal(text.Replace(" ", ""), string.Concat(passages.Select(passage => passage.Text.Replace(" ", ""))));
        Assert.All(passages, passage => Assert.DoesNotContain("hours", passage.ToString(), StringComparison.Ordinal));
        Assert.Equal("short.", Assert.Single(Passage.Of(new Transcript("caller", null, [new(0, 9, "short.")]))).Text);
    }

    [Fact]
    public void PassagesOfCues_AreSentencesAndKeepTheTimesOfTheirWords()
    {
        var cues = new Transcript(
            "subtitles", null,
            [
                new(0, 2, "I have never been"), new(2, 6, "so happy in my life."), new(6, 7, "And"), new(7, 8, "- You lie"), new(8, 9, "MARY: No"),
                new(20, 21, "they said"), new(21, 22, new string('a', 239)), new(22, 23, "..."),
            ]);

        var passages = Passage.OfCues(cues).ToList();

        Assert.Equal(
            ["I have never been so happy in my life.", "And", "You lie", "No", "they said", new string('a', 239)], passages.Select(passage => passage.Text));
        Assert.Equal(4 + 5 / 2.0, passages[0].WordsIn(Window(0, 0, 4)), 6);
        Assert.Equal(5 / 2.0, passages[0].WordsIn(Window(1, 4, 8)), 6);
        Assert.DoesNotContain("happy", passages[0].ToString(), StringComparison.Ordinal);
    }

    private static ClipWindow Window(uint index, double start, double end) => new() { Index = index, StartSeconds = start, EndSeconds = end };

    private static async Task<FakeSystem> ReadingSystemAsync(params (string Key, string Value)[] settings)
    {
        var system = await FakeSystem.StartAsync(settings);
        await system.ReadTextAsync();
        return system;
    }
}
