using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using Emotion.Gateway.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.Gateway.Tests;

/// <summary>What those hear who follow an analysis.</summary>
public sealed class EventsTests(TestClips clips)
{
    [Fact]
    public async Task Follow_ToTheEnd_HearsEachStageCountedAndThenTheResult()
    {
        await using var system = await FakeSystem.StartAsync(("Media:SegmentSeconds", "2"));
        var hold = new TaskCompletionSource();
        system.Audio.Before = context => hold.Task.WaitAsync(context.CancellationToken);
        var id = await AcceptAsync(system, clips.Talk(10));

        var heard = new List<(string Name, JsonObject Data)>();
        await foreach (var one in FollowAsync(system, id))
        {
            heard.Add(one);
            if (Stage(one.Data, "sequence")?.Text("state") == "ended")
            {
                hold.TrySetResult();
            }
        }

        Assert.All(heard.SkipLast(1), one => Assert.Equal(("progress", id), (one.Name, one.Data.Text("id"))));
        var (name, result) = heard[^1];
        Assert.Equal(("result", "done"), (name, result.Text("status")));
        Assert.Equal(id, result.Text("id"));
        Assert.Equal((await system.Http.AskAsync("/v1/analyses/" + id).AnswerAsync()).ToJsonString(), result.ToJsonString());

        var last = heard[^2].Data;
        Assert.Equal(
            ["audio", "fusion", "probe", "queued", "sequence", "split", "text", "upload", "video"],
            last["stages"]!.AsArray().Select(stage => stage!.Text("stage")).Order());
        Assert.All(last["stages"]!.AsArray(), stage => Assert.Equal("ended", stage!.Text("state")));
        var seen = heard.Select(one => Stage(one.Data, "video")?["fraction"]?.GetValue<double>()).OfType<double>().ToList();
        Assert.Equal(seen.Order(), seen);
        Assert.InRange(seen[^1], 0.97, 1);
        Assert.Equal((3.0, 3.0, "windows"), Counted(last, "audio"));
        Assert.Null(Stage(last, "fusion")!["fraction"]);
    }

    [Fact]
    public async Task Follow_EndedWhileAReportWasRead_HearsTheFinalStagesBeforeTheResult()
    {
        await using var system = await FakeSystem.StartAsync();
        var hold = new TaskCompletionSource();
        system.Audio.Before = context => hold.Task.WaitAsync(context.CancellationToken);
        var id = await AcceptAsync(system, clips.Talk());
        using var read = new SlowReader(async () =>
        {
            hold.TrySetResult();
            await system.Http.AskAsync($"/v1/analyses/{id}?wait=true").AnswerAsync();
        });
        var context = new DefaultHttpContext { Response = { Body = read } };

        await system.Gateway.Services.GetRequiredService<AnalysisFollowers>().FollowAsync(id, context.Response, TestContext.Current.CancellationToken);

        read.Position = 0;
        var heard = SseParser.Create(read).Enumerate().Select(one => (Name: one.EventType, Data: JsonNode.Parse(one.Data)!.AsObject())).ToList();
        Assert.Equal(["progress", "progress", "result"], heard.Select(one => one.Name));
        Assert.NotEqual("ended", Stage(heard[0].Data, "audio")?.Text("state"));
        Assert.Equal("ended", Stage(heard[1].Data, "fusion")!.Text("state"));
        Assert.All(heard[1].Data["stages"]!.AsArray(), stage => Assert.Equal("ended", stage!.Text("state")));
    }

    [Fact]
    public async Task Follow_Late_HearsThePresentStateAtOnce()
    {
        await using var system = await FakeSystem.StartAsync();
        var hold = new TaskCompletionSource();
        system.Audio.Before = context => hold.Task.WaitAsync(context.CancellationToken);
        var id = await AcceptAsync(system, clips.Talk());
        await foreach (var (_, early) in FollowAsync(system, id))
        {
            if (Stage(early, "sequence")?.Text("state") == "ended")
            {
                break;
            }
        }

        await foreach (var (name, first) in FollowAsync(system, id))
        {
            Assert.Equal(("progress", "running"), (name, first.Text("status")));
            Assert.Equal("ended", Stage(first, "video")!.Text("state"));
            Assert.Equal("running", Stage(first, "audio")!.Text("state"));
            Assert.InRange(Stage(first, "upload")!["milliseconds"]!.GetValue<double>(), 0.001, 60_000);
            break;
        }

        hold.SetResult();
    }

    [Fact]
    public async Task Follow_AnalysisThatHasEnded_HearsOnlyItsOutcome()
    {
        await using var system = await FakeSystem.StartAsync();
        var done = (await system.Http.PostRawAsync(clips.Talk()).AnswerAsync()).Text("id");
        var refused = await AcceptAsync(system, clips.SubtitlesOnly());

        Assert.Equal("result", Assert.Single(await AllAsync(system, done)).Name);
        var (asked, _) = await system.Http.AskAsync($"/v1/analyses/{refused}?wait=true").ProblemAsync();
        var (name, problem) = Assert.Single(await AllAsync(system, refused));
        Assert.Equal(("problem", "neither-sound-nor-picture", 422), (name, problem.Text("reason"), problem["status"]!.GetValue<int>()));
        Assert.Equal(refused, problem.Text("id"));
        Assert.Equal(32, problem.Text("traceId").Length);
        Assert.Equal(await asked.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), problem.ToJsonString());
    }

    [Fact]
    public async Task Follow_NothingMoves_HearsThatTheConnectionStands()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:Heartbeat", "00:00:00.050"));
        var hold = new TaskCompletionSource();
        system.Audio.Before = context => hold.Task.WaitAsync(context.CancellationToken);
        var id = await AcceptAsync(system, clips.SoundOnly());

        using var response = await OpenAsync(system, id);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var beats = 0;
        while (beats < 3)
        {
            beats += (await lines.ReadLineAsync(TestContext.Current.CancellationToken))!.StartsWith(':') ? 1 : 0;
        }

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.True(response.Headers.CacheControl?.NoStore);
        hold.SetResult();
    }

    [Fact]
    public async Task Follow_OneTooMany_IsRefusedUntilAnotherLeaves()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:Followers", "1"));
        var followers = system.Gateway.Services.GetRequiredService<AnalysisFollowers>();
        var hold = new TaskCompletionSource();
        system.Audio.Before = context => hold.Task.WaitAsync(context.CancellationToken);
        var id = await AcceptAsync(system, clips.Talk());

        using (await OpenAsync(system, id))
        {
            var (response, reason) = await system.Http.AskAsync($"/v1/analyses/{id}/events").ProblemAsync();
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "too-many-followers"), (response.StatusCode, reason));
            Assert.NotNull(response.Headers.RetryAfter);
        }

        await FakeSystem.WaitUntilAsync(() => followers.FreePlaces == 1);
        hold.SetResult();
        Assert.Equal("result", (await AllAsync(system, id))[^1].Name);
        Assert.DoesNotContain(system.Log.Lines, line => line.Contains("OperationCanceledException", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Follow_Unknown_404()
    {
        await using var system = await FakeSystem.StartAsync();

        var (response, reason) = await system.Http.AskAsync("/v1/analyses/0123456789abcdef0123456789abcdef/events").ProblemAsync();

        Assert.Equal((HttpStatusCode.NotFound, "unknown-analysis"), (response.StatusCode, reason));
    }

    private static async Task<string> AcceptAsync(FakeSystem system, string clip)
    {
        using var accepted = await system.Http.PostFormAsync(clip, query: "");
        return (await accepted.JsonAsync()).Text("id");
    }

    private static Task<HttpResponseMessage> OpenAsync(FakeSystem system, string id) => system.Http.GetAsync(
        $"/v1/analyses/{id}/events", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

    private static async IAsyncEnumerable<(string Name, JsonObject Data)> FollowAsync(FakeSystem system, string id)
    {
        using var response = await OpenAsync(system, id);
        var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await foreach (var one in SseParser.Create(body).EnumerateAsync(TestContext.Current.CancellationToken))
        {
            yield return (one.EventType, JsonNode.Parse(one.Data)!.AsObject());
        }
    }

    private static async Task<List<(string Name, JsonObject Data)>> AllAsync(FakeSystem system, string id)
    {
        var heard = new List<(string, JsonObject)>();
        await foreach (var one in FollowAsync(system, id))
        {
            heard.Add(one);
        }

        return heard;
    }

    private static JsonNode? Stage(JsonObject progress, string name) =>
        progress["stages"]?.AsArray().FirstOrDefault(stage => stage!.Text("stage") == name);

    private static (double Done, double Total, string Unit) Counted(JsonObject progress, string name)
    {
        var stage = Stage(progress, name)!;
        return (stage["done"]!.GetValue<double>(), stage["total"]!.GetValue<double>(), stage.Text("unit"));
    }

    /// <summary>Takes what it is sent only once something else is over.</summary>
    private sealed class SlowReader(Func<Task> over) : MemoryStream
    {
        public override Task FlushAsync(CancellationToken cancellationToken) => over();
    }
}
