using System.Net;
using System.Text.Json.Nodes;
using Emotion.Gateway.Jobs;
using Grpc.Core;

namespace Emotion.Gateway.Tests;

/// <summary>What a caller does not ask for is not done, or not told.</summary>
public sealed class AnswerOptionsTests(TestClips clips)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Modalities_NotAskedFor_AreNotLookedAt()
    {
        await using var system = await FakeSystem.StartAsync();

        var audio = await system.Http.PostRawAsync(clips.Talk(), "?wait=true&modalities=audio").AnswerAsync();
        Assert.Empty(system.Video[0].Asked);
        Assert.Empty(system.Video[1].Asked);
        var video = await system.Http.PostFormAsync(clips.Talk(), "?wait=true", ("modalities", "video")).AnswerAsync();

        Assert.Single(system.Audio.Heard);
        Assert.Equal(("used", "absent", "absent"), Statuses(audio));
        Assert.Equal(("absent", "used", "absent"), Statuses(video));
        Assert.StartsWith("not-asked: ", audio.Text("modalities", "video", "reason"), StringComparison.Ordinal);
        Assert.StartsWith("not-asked: ", audio["windows"]![0]!.Text("text", "reason"), StringComparison.Ordinal);
        Assert.Null(audio["timings"]!["video"]);
        Assert.Null(video["timings"]!["audio"]);
        Assert.Empty(audio["faces"]!.AsArray());
        Assert.NotEmpty(video["faces"]!.AsArray());
    }

    [Fact]
    public async Task Modalities_TextAlone_ReadsTheWordsAndNothingElse()
    {
        await using var system = await FakeSystem.StartAsync();
        await system.ReadTextAsync();

        var answer = await system.Http.PostFormAsync(
            clips.PictureOnly(), "?wait=true", ("modalities", " text "), ("transcript", "What a very happy day this is for all of us.")).AnswerAsync();

        Assert.Equal(("absent", "absent", "used"), Statuses(answer));
        Assert.Empty(system.Audio.Heard);
    }

    [Fact]
    public async Task Modalities_AllThatAreAskedForFail_IsNoAnswer()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:Jobs:Attempts", "1"), ("Gateway:Calls:Attempts", "1"));
        system.Audio.Before = _ => throw new RpcException(new Status(StatusCode.Unavailable, "away"));

        var alone = await system.Http.PostRawAsync(clips.Talk(), "?wait=true&modalities=audio").ProblemAsync();
        var both = await system.Http.PostRawAsync(clips.Talk(), "?wait=true").AnswerAsync();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "services-failed"), (alone.Response.StatusCode, alone.Reason));
        Assert.Equal("failed", both.Text("modalities", "audio", "status"));
    }

    [Fact]
    public async Task Modalities_OfWhichTheClipHasNone_AreAbsent()
    {
        await using var system = await FakeSystem.StartAsync();

        var answer = await system.Http.PostRawAsync(clips.PictureOnly(), "?wait=true&modalities=audio").AnswerAsync();

        Assert.Equal(("absent", "absent", "absent"), Statuses(answer));
        Assert.StartsWith("no-track: ", answer.Text("modalities", "audio", "reason"), StringComparison.Ordinal);
        Assert.Equal("none", answer.Text("fused", "status"));
    }

    [Fact]
    public async Task WindowsFacesBoxes_NotAskedFor_AreNotTold()
    {
        await using var system = await FakeSystem.StartAsync();

        var whole = await system.Http.PostRawAsync(clips.Talk(), "?wait=true").AnswerAsync();
        var brief = await system.Http.PostRawAsync(clips.Talk(), "?wait=true&windows=false&boxes=false").AnswerAsync();
        var faceless = await system.Http.PostFormAsync(clips.Talk(), "?wait=true", ("faces", "0")).AnswerAsync();

        Assert.NotEmpty(whole["faces"]![0]!["boxes"]!.AsArray());
        Assert.Empty(brief["windows"]!.AsArray());
        Assert.Equal(whole["faces"]!.AsArray().Count, brief["faces"]!.AsArray().Count);
        Assert.All(brief["faces"]!.AsArray(), face => Assert.Empty(face!["boxes"]!.AsArray()));
        Assert.True(JsonNode.DeepEquals(whole["fused"], brief["fused"]));
        Assert.Empty(faceless["faces"]!.AsArray());
        Assert.All(faceless["windows"]!.AsArray(), window => Assert.Empty(window!["faces"]!.AsArray()));
        var table = await system.Http.AskAsync($"/v1/analyses/{brief.Text("id")}/windows.csv").ProblemAsync();
        Assert.Equal((HttpStatusCode.Conflict, "no-windows"), (table.Response.StatusCode, table.Reason));
    }

    [Fact]
    public async Task Options_AfterARetry_AreStillThose()
    {
        await using var system = await FakeSystem.StartAsync();
        var calls = 0;
        system.Fusion.Before = _ => Interlocked.Increment(ref calls) < 2 ? throw new RpcException(new Status(StatusCode.FailedPrecondition, "not yet")) : Task.CompletedTask;

        var answer = await system.Http.PostRawAsync(clips.Talk(), "?wait=true&modalities=video,audio&windows=false&faces=1").AnswerAsync();

        Assert.Equal(("used", "used", "absent"), Statuses(answer));
        Assert.StartsWith("not-asked: The request asks for audio,video alone.", answer.Text("modalities", "text", "reason"), StringComparison.Ordinal);
        Assert.Empty(answer["windows"]!.AsArray());
        Assert.Single(answer["faces"]!.AsArray());
    }

    [Theory]
    [InlineData("modalities=smell", "bad-modalities")]
    [InlineData("modalities=", "bad-modalities")]
    [InlineData("modalities=audio,,video", "bad-modalities")]
    [InlineData("modalities=audio&includeTranscript=true", "bad-modalities")]
    [InlineData("faces=-1", "bad-faces")]
    [InlineData("faces=1001", "bad-faces")]
    [InlineData("faces=few", "bad-request")]
    [InlineData("windows=some", "bad-request")]
    public async Task Post_OptionThatIsNone_400(string query, string expected)
    {
        await using var system = await FakeSystem.StartAsync();

        var (response, reason) = await system.Http.PostRawAsync(clips.SoundOnly(), "?" + query).ProblemAsync();

        Assert.Equal((HttpStatusCode.BadRequest, expected), (response.StatusCode, reason));
        Assert.Empty(system.LeftOnDisk);
    }

    [Fact]
    public async Task Post_SameKeyWithOtherOptions_422()
    {
        await using var system = await FakeSystem.StartAsync();
        async Task<HttpResponseMessage> SendAsync(string query)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/analyses" + query) { Content = new ByteArrayContent(await File.ReadAllBytesAsync(clips.SoundOnly(), Cancelled)) };
            request.Headers.Add("Idempotency-Key", "k");
            return await system.Http.SendAsync(request, Cancelled);
        }

        using var first = await SendAsync("?modalities=audio,video&wait=true");
        using var again = await SendAsync("?modalities=video,audio");
        var other = await SendAsync("?modalities=audio").ProblemAsync();
        var none = await SendAsync("").ProblemAsync();

        Assert.True(again.Headers.Contains("Idempotency-Replayed"));
        Assert.Equal(("idempotency-key-reused", "idempotency-key-reused"), (other.Reason, none.Reason));
    }

    [Fact]
    public async Task Licences_OfTheModelsThatAnswered_AreToldAndKept()
    {
        await using var system = await FakeSystem.StartAsync();

        var licences = (await system.Http.PostRawAsync(clips.SoundOnly(), "?wait=true").AnswerAsync())["models"]!["licences"]!;

        Assert.Equal(("terms of audio", "terms of fusion"), (licences.Text("audio", "id"), licences.Text("fusion", "id")));
        Assert.False(licences["audio"]!["allowsCommercialUse"]!.GetValue<bool>());
        Assert.Null(licences["video"]);
    }

    [Fact]
    public void Request_OfAnEarlierGateway_IsReadAsAskingForAll()
    {
        var request = JobJson.Read<JobRequest>(
            """{"bytes":1,"uploadMilliseconds":2.5,"text":{"given":null,"language":"","includeTranscript":false},"route":{"release":{"name":"r1","clipWindow":{"lengthSeconds":4,"minimumTailSeconds":1.5},"hasText":true,"readsText":false},"arm":"stable","generation":0,"client":null}}""");

        Assert.Equal((Analyses.AnswerOptions.All, null, Api.ModelLicences.Unknown), (request.Options, request.Callback, request.Route.Release.Licences));
    }

    private static (string Audio, string Video, string Text) Statuses(JsonObject answer) =>
        (answer.Text("modalities", "audio", "status"), answer.Text("modalities", "video", "status"), answer.Text("modalities", "text", "status"));
}
