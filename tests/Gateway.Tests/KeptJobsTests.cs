using System.Net;
using System.Text;
using Emotion.Gateway.Jobs;
using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.Gateway.Tests;

/// <summary>Analyses that outlive failures, restarts and callers who do not hear; and that are gone when they are deleted.</summary>
public sealed class KeptJobsTests(TestClips clips)
{
    private const string Words = "The zebra finch sang to nobody in particular.";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Post_SameKeyAgain_IsTheSameAnalysisHoweverItIsWrapped()
    {
        await using var system = await FakeSystem.StartAsync();

        using var first = await PostAsync(system, "k", clips.SoundOnly(), "?wait=true");
        using var again = await PostAsync(system, "k", clips.SoundOnly(), "");
        using var waited = await PostAsync(system, "k", clips.SoundOnly(), "?wait=true", asForm: true);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Accepted, HttpStatusCode.OK), (first.StatusCode, again.StatusCode, waited.StatusCode));
        var id = (await first.JsonAsync()).Text("id");
        Assert.Equal((id, id), ((await again.JsonAsync()).Text("id"), (await waited.JsonAsync()).Text("id")));
        Assert.False(first.Headers.Contains("Idempotency-Replayed"));
        Assert.Equal(["true"], again.Headers.GetValues("Idempotency-Replayed"));
        Assert.Single(system.Fusion.Asked);
        Assert.Empty(system.LeftOnDisk);
    }

    [Fact]
    public async Task Post_SameKeyAtTheSameTime_IsOneAnalysis()
    {
        await using var system = await FakeSystem.StartAsync();

        var ids = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            using var response = await PostAsync(system, "k", clips.SoundOnly(), "?wait=true");
            return (await response.JsonAsync()).Text("id");
        }));

        Assert.Single(ids.Distinct());
        Assert.Single(system.Fusion.Asked);
    }

    [Fact]
    public async Task Post_SameKeyForSomethingElse_422AndTheFirstStays()
    {
        await using var system = await FakeSystem.StartAsync();
        using var first = await PostAsync(system, "k", clips.SoundOnly(), "?wait=true");

        var clip = await PostAsync(system, "k", clips.PictureOnly(), "").ProblemAsync();
        var option = await PostAsync(system, "k", clips.SoundOnly(), "?includeTranscript=true").ProblemAsync();
        using var other = await PostAsync(system, "l", clips.PictureOnly(), "?wait=true");

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency-key-reused"), (clip.Response.StatusCode, clip.Reason));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency-key-reused"), (option.Response.StatusCode, option.Reason));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        Assert.Equal(2, (await system.Http.AskAsync("/v1/analyses").AnswerAsync())["items"]!.AsArray().Count);
        Assert.Empty(system.LeftOnDisk);
    }

    [Theory]
    [InlineData("with a space")]
    [InlineData("")]
    [InlineData("0123456789", 26)]
    public async Task Post_KeyThatIsNone_400(string key, int times = 1)
    {
        await using var system = await FakeSystem.StartAsync();

        var (response, reason) = await PostAsync(system, string.Concat(Enumerable.Repeat(key, times)), clips.SoundOnly(), "").ProblemAsync();

        Assert.Equal((HttpStatusCode.BadRequest, "bad-idempotency-key"), (response.StatusCode, reason));
        Assert.Empty(system.LeftOnDisk);
    }

    [Fact]
    public async Task Services_FailAndComeBack_TheAnalysisIsBegunAgainAndItsCallerHearsTheAnswer()
    {
        await using var system = await FakeSystem.StartAsync();
        var calls = 0;
        system.Fusion.Before = _ => Interlocked.Increment(ref calls) < 3 ? throw new RpcException(new Status(StatusCode.FailedPrecondition, "not yet")) : Task.CompletedTask;

        var answer = await system.Http.PostRawAsync(clips.SoundOnly()).AnswerAsync();

        Assert.Equal("done", answer.Text("status"));
        var listed = (await system.Http.AskAsync("/v1/analyses").AnswerAsync())["items"]![0]!;
        Assert.Equal((3, false), (listed["attempts"]!.GetValue<int>(), listed["retryable"]!.GetValue<bool>()));
        Assert.Empty(system.LeftOnDisk);
    }

    [Fact]
    public async Task Services_FailTooOften_TheClipIsKeptUntilItIsTriedAgain()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:Jobs:Attempts", "2"));
        system.Fusion.Before = _ => throw new RpcException(new Status(StatusCode.Unavailable, "no sense"));
        Assert.Equal("fusion-failed", (await system.Http.PostRawAsync(clips.SoundOnly()).ProblemAsync()).Reason);
        var dead = Assert.Single((await system.Http.AskAsync("/v1/analyses?retryable=true").AnswerAsync())["items"]!.AsArray())!;
        Assert.Equal(("failed", "fusion-failed", 2), (dead.Text("status"), dead.Text("reason"), dead["attempts"]!.GetValue<int>()));
        var id = dead.Text("id");
        Assert.Equal(id, Path.GetFileName(Assert.Single(system.LeftOnDisk)));
        system.Fusion.Before = _ => Task.CompletedTask;

        using var retried = await system.Http.PostAsync($"/v1/analyses/{id}/retry", null, Cancelled);

        Assert.Equal(HttpStatusCode.Accepted, retried.StatusCode);
        Assert.EndsWith("/v1/analyses/" + id, retried.Headers.Location!.ToString());
        Assert.Equal("done", (await system.Http.AskAsync($"/v1/analyses/{id}?wait=true").AnswerAsync()).Text("status"));
        Assert.Empty(system.LeftOnDisk);
        Assert.Empty((await system.Http.AskAsync("/v1/analyses?retryable=true").AnswerAsync())["items"]!.AsArray());
        var again = await system.Http.PostAsync($"/v1/analyses/{id}/retry", null, Cancelled).ProblemAsync();
        Assert.Equal((HttpStatusCode.Conflict, "not-retryable"), (again.Response.StatusCode, again.Reason));
        Assert.Equal("unknown-analysis", (await system.Http.PostAsync("/v1/analyses/0123/retry", null, Cancelled).ProblemAsync()).Reason);
    }

    [Fact]
    public async Task Restart_AfterAnAnswer_HasItStillInEveryForm()
    {
        await using var system = await FakeSystem.StartAsync();
        var answer = await system.Http.PostRawAsync(clips.Talk()).AnswerAsync();
        var id = answer.Text("id");
        var table = await system.Http.GetStringAsync($"/v1/analyses/{id}/windows.csv", Cancelled);

        await system.Gateway.StopAsync(Cancelled);
        await system.RestartGatewayAsync();

        Assert.Equal(answer.ToJsonString(), (await system.Http.AskAsync("/v1/analyses/" + id).AnswerAsync()).ToJsonString());
        Assert.Equal(table, await system.Http.GetStringAsync($"/v1/analyses/{id}/windows.csv", Cancelled));
    }

    [Fact]
    public async Task Start_ClipsThatAreNobodys_AreDeleted()
    {
        await using var system = await FakeSystem.StartAsync();
        await system.Http.PostRawAsync(clips.SoundOnly()).AnswerAsync();
        await system.Gateway.StopAsync(Cancelled);
        await File.WriteAllTextAsync(Path.Combine(system.DataFolder, "clips", "0123456789abcdef0123456789abcdef"), "half an upload", Cancelled);

        await system.RestartGatewayAsync();

        Assert.Empty(system.LeftOnDisk);
    }

    [Fact]
    public async Task Start_DataFolderOfAnotherGateway_IsRefused()
    {
        await using var system = await FakeSystem.StartAsync();
        var options = Microsoft.Extensions.Options.Options.Create(new JobsOptions { DataFolder = system.DataFolder });

        var refused = Assert.Throws<InvalidOperationException>(() => new DataFolder(options));

        Assert.Contains("Gateway:Jobs:DataFolder", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_OfAnything_LeavesNoByteButThatItWasDeleted()
    {
        await using var system = await FakeSystem.StartAsync();
        var clip = await File.ReadAllBytesAsync(clips.SoundOnly(), Cancelled);
        byte[][] traces = [clip.AsSpan(clip.Length / 2, 256).ToArray(), Encoding.UTF8.GetBytes(Words)];
        var hold = new TaskCompletionSource();
        system.Audio.Before = context => hold.Task.WaitAsync(context.CancellationToken);
        using var accepted = await system.Http.PostFormAsync(clips.SoundOnly(), "", ("transcript", Words));
        var running = (await accepted.JsonAsync()).Text("id");
        await FakeSystem.WaitUntilAsync(() => system.Running.TryFind(running, out _));
        Assert.All(traces, trace => Assert.NotEmpty(FilesWith(system, trace)));

        using (await system.Http.DeleteAsync("/v1/analyses/" + running, Cancelled))
        {
            await FakeSystem.WaitUntilAsync(() => traces.All(trace => !FilesWith(system, trace).Any()));
            await KnownToTheAuditAloneAsync(system, running);
        }

        hold.SetResult();
        using var done = await system.Http.PostFormAsync(clips.SoundOnly(), "?wait=true&includeTranscript=true", ("transcript", Words));
        var answer = await done.JsonAsync();
        Assert.Equal(Words, answer["transcript"]!["segments"]![0]!.Text("text"));
        using (await system.Http.DeleteAsync("/v1/analyses/" + answer.Text("id"), Cancelled))
        {
            await FakeSystem.WaitUntilAsync(() => traces.All(trace => !FilesWith(system, trace).Any()));
            await KnownToTheAuditAloneAsync(system, answer.Text("id"));
        }
    }

    /// <summary>Which is a random number, and says nothing of the clip.</summary>
    private static async Task KnownToTheAuditAloneAsync(FakeSystem system, string id)
    {
        await using (var context = await system.Gateway.Services.GetRequiredService<IDbContextFactory<JobsContext>>().CreateDbContextAsync(Cancelled))
        {
            Assert.False(await context.Jobs.AnyAsync(row => row.Id == id, Cancelled));
        }

        Assert.All(FilesWith(system, Encoding.UTF8.GetBytes(id)), file => Assert.StartsWith("jobs.db", Path.GetFileName(file), StringComparison.Ordinal));
        var acts = (await system.Http.AskAsync($"/v1/audit?subject={id}").AnswerAsync())["items"]!.AsArray();
        Assert.Equal([("analysis.delete", "done"), ("analysis.create", "done")], acts.Select(act => (act!.Text("action"), act!.Text("outcome"))));
    }

    /// <summary>As another process would read them: SQLite's files are open.</summary>
    private static IEnumerable<string> FilesWith(FakeSystem system, byte[] trace) => new[] { system.DataFolder, system.WorkFolder }
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        .Where(file => Path.GetFileName(file) != "lock" && Path.GetExtension(file) != ".socket" && Contains(file, trace));

    private static bool Contains(string file, byte[] trace)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[stream.Length];
            return bytes.AsSpan(0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)).IndexOf(trace) >= 0;
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    private static async Task<HttpResponseMessage> PostAsync(FakeSystem system, string key, string clip, string query, bool asForm = false)
    {
        var bytes = new ByteArrayContent(await File.ReadAllBytesAsync(clip, Cancelled));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/analyses" + query)
        {
            Content = asForm ? new MultipartFormDataContent { { bytes, "clip", "clip" } } : bytes,
        };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return await system.Http.SendAsync(request, Cancelled);
    }
}
