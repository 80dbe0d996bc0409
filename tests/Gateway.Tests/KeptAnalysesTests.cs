using System.Net;
using System.Text.Json.Nodes;

namespace Emotion.Gateway.Tests;

/// <summary>Listing, cancelling and deleting analyses.</summary>
public sealed class KeptAnalysesTests(TestClips clips)
{
    [Fact]
    public async Task List_InPages_HasEachAnalysisOnceTheNewestFirst()
    {
        await using var system = await FakeSystem.StartAsync();
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Insert(0, (await system.Http.PostRawAsync(clips.SoundOnly()).AnswerAsync()).Text("id"));
        }

        var pages = new List<JsonObject> { await ListAsync(system, "?limit=2") };
        while (pages[^1]["next"] is { } next)
        {
            pages.Add(await ListAsync(system, $"?limit=2&after={next.GetValue<string>()}"));
        }

        Assert.Equal([2, 2, 1], pages.Select(page => page["items"]!.AsArray().Count));
        Assert.Equal(ids, pages.SelectMany(Ids));
        Assert.Equal(ids, Ids(await ListAsync(system)));
        var first = pages[0]["items"]![0]!;
        Assert.Equal(("done", FakeAnswers.Release, "angry", "certain"), (first.Text("status"), first.Text("release"), first.Text("prediction"), first.Text("certainty")));
        Assert.InRange(first["seconds"]!.GetValue<double>(), 1.9, 2.1);
        Assert.InRange((DateTimeOffset.Parse(first.Text("acceptedAt")) - TimeProvider.System.GetUtcNow()).Duration(), TimeSpan.Zero, TimeSpan.FromMinutes(10));
    }

    [Fact]
    public async Task List_ByStatus_HasOnlyThose()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:ConcurrentAnalyses", "1"));
        var hold = new TaskCompletionSource();
        var done = (await system.Http.PostRawAsync(clips.SoundOnly()).AnswerAsync()).Text("id");
        var failed = await AcceptAsync(system, clips.SubtitlesOnly());
        await system.Http.AskAsync($"/v1/analyses/{failed}?wait=true").ProblemAsync();
        system.Audio.Before = context => hold.Task.WaitAsync(context.CancellationToken);
        var running = await AcceptAsync(system, clips.Talk());
        await FakeSystem.WaitUntilAsync(() => system.Running.TryFind(running, out _));
        var queued = await AcceptAsync(system, clips.Talk());

        Assert.Equal([done], Ids(await ListAsync(system, "?status=done")));
        Assert.Equal([failed], Ids(await ListAsync(system, "?status=failed")));
        Assert.Equal([running], Ids(await ListAsync(system, "?status=running")));
        Assert.Equal([queued], Ids(await ListAsync(system, "?status=queued")));
        Assert.Equal("neither-sound-nor-picture", (await ListAsync(system, "?status=failed"))["items"]![0]!.Text("reason"));
        hold.SetResult();
    }

    [Theory]
    [InlineData("?limit=0")]
    [InlineData("?limit=101")]
    [InlineData("?limit=many")]
    [InlineData("?after=-1")]
    [InlineData("?after=yesterday")]
    [InlineData("?status=lost")]
    [InlineData("?status=7")]
    public async Task List_AskedForNonsense_400(string query)
    {
        await using var system = await FakeSystem.StartAsync();

        var (response, reason) = await system.Http.AskAsync("/v1/analyses" + query).ProblemAsync();

        Assert.Equal((HttpStatusCode.BadRequest, "bad-request"), (response.StatusCode, reason));
    }

    [Fact]
    public async Task Cancel_Running_EndsItAndDeletesItsClip()
    {
        await using var system = await FakeSystem.StartAsync();
        system.Audio.Before = context => Task.Delay(Timeout.Infinite, context.CancellationToken);
        var id = await AcceptAsync(system, clips.Talk());
        await FakeSystem.WaitUntilAsync(() => system.Video.Any(replica => !replica.Answered.IsEmpty));

        using var answer = await CancelAsync(system, id).WithinMinutes(3);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Empty(system.LeftOnDisk);
        var (response, reason) = await system.Http.AskAsync("/v1/analyses/" + id).ProblemAsync();
        Assert.Equal((HttpStatusCode.Gone, "cancelled"), (response.StatusCode, reason));
        using var again = await CancelAsync(system, id);
        Assert.Equal(HttpStatusCode.NoContent, again.StatusCode);
    }

    [Fact]
    public async Task Cancel_Waiting_GivesItsPlaceToAnother()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:ConcurrentAnalyses", "1"), ("Gateway:QueueLength", "1"));
        var hold = new TaskCompletionSource();
        system.Audio.Before = context => hold.Task.WaitAsync(context.CancellationToken);
        var running = await AcceptAsync(system, clips.SoundOnly());
        var waiting = await AcceptAsync(system, clips.SoundOnly("other.wav"));
        Assert.Equal("queue-full", (await system.Http.PostFormAsync(clips.SoundOnly(), query: "").ProblemAsync()).Reason);

        using var answer = await CancelAsync(system, waiting).WithinMinutes(3);
        var third = await AcceptAsync(system, clips.SoundOnly());

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        hold.SetResult();
        await system.Http.AskAsync($"/v1/analyses/{running}?wait=true").AnswerAsync();
        await system.Http.AskAsync($"/v1/analyses/{third}?wait=true").AnswerAsync();
        Assert.Equal(2, system.Audio.Heard.Count);
    }

    [Fact]
    public async Task Cancel_Done_409AndTheAnswerStays()
    {
        await using var system = await FakeSystem.StartAsync();
        var id = (await system.Http.PostRawAsync(clips.SoundOnly()).AnswerAsync()).Text("id");

        var (response, reason) = await CancelAsync(system, id).ProblemAsync();

        Assert.Equal((HttpStatusCode.Conflict, "already-ended"), (response.StatusCode, reason));
        await system.Http.AskAsync("/v1/analyses/" + id).AnswerAsync();
    }

    [Fact]
    public async Task Delete_Done_ForgetsItAtOnce()
    {
        await using var system = await FakeSystem.StartAsync();
        var id = (await system.Http.PostRawAsync(clips.SoundOnly()).AnswerAsync()).Text("id");

        using var answer = await DeleteAsync(system, id);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal("unknown-analysis", (await system.Http.AskAsync("/v1/analyses/" + id).ProblemAsync()).Reason);
        Assert.Equal("unknown-analysis", (await DeleteAsync(system, id).ProblemAsync()).Reason);
        Assert.Equal("unknown-analysis", (await CancelAsync(system, id).ProblemAsync()).Reason);
        Assert.Empty(Ids(await ListAsync(system)));
    }

    [Fact]
    public async Task Delete_Running_EndsItAndTellsWhoWaits()
    {
        await using var system = await FakeSystem.StartAsync();
        var reached = new TaskCompletionSource();
        system.Audio.Before = async context =>
        {
            reached.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        var waits = system.Http.PostRawAsync(clips.Talk());
        await reached.Task.WithinAMinute();
        var id = Assert.Single(Ids(await ListAsync(system)));

        using var answer = await DeleteAsync(system, id).WithinMinutes(3);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Empty(system.LeftOnDisk);
        Assert.Equal("cancelled", (await waits.ProblemAsync()).Reason);
        Assert.Empty(Ids(await ListAsync(system)));
    }

    private static async Task<string> AcceptAsync(FakeSystem system, string clip)
    {
        using var accepted = await system.Http.PostFormAsync(clip, query: "");
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        return (await accepted.JsonAsync()).Text("id");
    }

    private static Task<JsonObject> ListAsync(FakeSystem system, string query = "") => system.Http.AskAsync("/v1/analyses" + query).AnswerAsync();

    private static IEnumerable<string> Ids(JsonObject page) => page["items"]!.AsArray().Select(item => item!.Text("id"));

    private static Task<HttpResponseMessage> CancelAsync(FakeSystem system, string id) =>
        system.Http.PostAsync($"/v1/analyses/{id}/cancel", null, TestContext.Current.CancellationToken);

    private static Task<HttpResponseMessage> DeleteAsync(FakeSystem system, string id) =>
        system.Http.DeleteAsync("/v1/analyses/" + id, TestContext.Current.CancellationToken);
}
