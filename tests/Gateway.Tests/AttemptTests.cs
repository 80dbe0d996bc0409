using System.Net;
using Emotion.Gateway.Api;
using Emotion.Gateway.Batches;
using Emotion.Gateway.Canary;
using Emotion.Gateway.Clips;
using Emotion.Gateway.Jobs;
using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.Gateway.Tests;

/// <summary>What goes wrong around an attempt: before it, beside it, after it.</summary>
public sealed class AttemptTests(TestClips clips)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fetch_StoreIsAwayForAWhile_IsNoAttempt()
    {
        await using var system = await StartAsync(TimeProvider.System);
        var asked = 0;
        StoreOf(system).Before = _ => Interlocked.Increment(ref asked) <= 5 ? throw new IOException("No route to host.") : Task.CompletedTask;

        var answer = await system.Http.PostRawAsync(clips.SoundOnly()).AnswerAsync().WithinMinutes(2);

        Assert.Equal(("done", 6), (answer.Text("status"), asked));
        Assert.Equal(1, (await ListedAsync(system))["attempts"]!.GetValue<int>());
    }

    [Fact]
    public async Task Fetch_StoreStaysAway_FailsInTheEndAndCanBeTriedAgain()
    {
        var clock = new ShiftedClock();
        await using var system = await StartAsync(clock);
        var asked = 0;
        StoreOf(system).Before = _ =>
        {
            Interlocked.Increment(ref asked);
            throw new TaskCanceledException("It took too long."); // As stores say it that are not reached.
        };
        using var accepted = await system.Http.PostRawAsync(clips.SoundOnly(), "");
        var id = (await accepted.JsonAsync()).Text("id");
        await FakeSystem.WaitUntilAsync(() => Volatile.Read(ref asked) > 3);

        clock.Advance(TimeSpan.FromHours(23));
        var before = asked;
        await FakeSystem.WaitUntilAsync(() => Volatile.Read(ref asked) > before);
        Assert.NotEqual("failed", (await ListedAsync(system)).Text("status"));
        clock.Advance(TimeSpan.FromHours(1));

        var (response, reason) = await system.Http.AskAsync($"/v1/analyses/{id}?wait=true").ProblemAsync().WithinMinutes(2);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "clip-unreachable"), (response.StatusCode, reason));
        Assert.True((await ListedAsync(system))["retryable"]!.GetValue<bool>());
        StoreOf(system).Before = _ => Task.CompletedTask;
        using var retried = await system.Http.PostAsync($"/v1/analyses/{id}/retry", null, Cancelled);
        Assert.Equal("done", (await system.Http.AskAsync($"/v1/analyses/{id}?wait=true").AnswerAsync()).Text("status"));
    }

    [Fact]
    public async Task Fetch_TakesLong_IsHeldMeanwhileAndCanBeCancelled()
    {
        await using var system = await StartAsync(TimeProvider.System, ("Gateway:Jobs:Lease", "00:00:06"), ("Gateway:ConcurrentAnalyses", "1"));
        StoreOf(system).Before = cancellation => Task.Delay(Timeout.Infinite, cancellation);
        using var accepted = await system.Http.PostRawAsync(clips.SoundOnly(), "");
        var id = (await accepted.JsonAsync()).Text("id");
        await EventuallyAsync(system, id, row => row.State == AnalysisState.Running);
        var held = (await RowAsync(system, id)).LeaseUntil;

        await EventuallyAsync(system, id, row => row.LeaseUntil > held);
        using var answer = await system.Http.PostAsync($"/v1/analyses/{id}/cancel", null, Cancelled).WithinMinutes(2);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(("cancelled", 1), ((await RowAsync(system, id)).Reason, (await RowAsync(system, id)).Attempts));
        Assert.Empty(system.LeftOnDisk);
    }

    [Fact]
    public async Task Fetch_GatewayStopsMeanwhile_IsNoAttempt()
    {
        await using var system = await StartAsync(TimeProvider.System, ("Gateway:ShutdownGrace", "00:00:00.050"));
        StoreOf(system).Before = cancellation => Task.Delay(Timeout.Infinite, cancellation);
        using var accepted = await system.Http.PostRawAsync(clips.SoundOnly(), "");
        var id = (await accepted.JsonAsync()).Text("id");
        await EventuallyAsync(system, id, row => row.State == AnalysisState.Running);

        await system.Gateway.StopAsync(Cancelled);

        var row = await RowAsync(system, id);
        Assert.Equal((AnalysisState.Queued, 0), (row.State, row.Attempts));
    }

    [Fact]
    public async Task Discard_ThatFails_KeepsNobodyWaiting()
    {
        await using var system = await FakeSystem.StartAsync();
        var hold = new TaskCompletionSource();
        system.Audio.Before = context => hold.Task.WaitAsync(context.CancellationToken);
        using var accepted = await system.Http.PostRawAsync(clips.SoundOnly(), "");
        var id = (await accepted.JsonAsync()).Text("id");
        AnalysisJob? job = null;
        await FakeSystem.WaitUntilAsync(() => system.Running.TryFind(id, out job));
        var stubborn = new TooDeep(job!.Folder.FullName);

        try
        {
            hold.SetResult();
            var answer = await system.Http.AskAsync($"/v1/analyses/{id}?wait=true").AnswerAsync().WithinMinutes(2);

            Assert.Equal("done", answer.Text("status"));
            Assert.False(system.Running.TryFind(id, out _));
            Assert.Contains(system.Log.Lines, line => line.Contains($"What analysis {id} has left on disk cannot be deleted"));
        }
        finally
        {
            stubborn.Delete();
        }
    }

    [Fact]
    public async Task Canary_AnalysisThatIsBegunSeveralTimes_IsOneWitness()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:Canary:LookEvery", "1"), ("Gateway:Canary:AutomaticRollback", "false"));
        system.Releases = [FakeAnswers.Release, "r2"];
        await FakeSystem.WaitUntilAsync(() => system.Offered.Count == 2);
        system.Rollout.Follow(new ChannelPlan("r2", 1, 1), null);
        var calls = 0;
        system.Fusion.Before = _ => Interlocked.Increment(ref calls) <= 4 * 3 ? throw new RpcException(new Status(StatusCode.FailedPrecondition, "not yet")) : Task.CompletedTask;

        for (var analysis = 0; analysis < 2; analysis++)
        {
            using var ended = await system.Http.PostRawAsync(clips.SoundOnly());
        }

        var attempts = (await system.Http.AskAsync("/v1/analyses").AnswerAsync())["items"]!.AsArray().Sum(item => item!["attempts"]!.GetValue<int>());
        Assert.InRange(attempts, 3, 6);
        Assert.Equal(2, system.Log.Lines.Count(line => line.Contains("Looked at the canary r2")));
    }

    [Fact]
    public async Task Cancel_GatewayStopsBeforeItHasEnded_IsToldSoAndNotThatItHasEnded()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:ShutdownGrace", "00:00:00.050"));
        await AddElsewhereAsync(system, "a", batch: null);
        await AddElsewhereAsync(system, "b", batch: "c");
        var analysis = system.Http.PostAsync("/v1/analyses/a/cancel", null, Cancelled);
        var batch = system.Http.PostAsync("/v1/batches/c/cancel", null, Cancelled);
        await EventuallyAsync(system, "a", row => row.CancelledBecause is not null);
        await EventuallyAsync(system, "b", row => row.CancelledBecause is not null);

        await system.Gateway.StopAsync(Cancelled);

        foreach (var asked in (Task<HttpResponseMessage>[])[analysis, batch])
        {
            var (response, reason) = await asked.ProblemAsync();
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "stopping", true), (response.StatusCode, reason, response.Headers.RetryAfter is not null));
        }
    }

    private static async Task<FakeSystem> StartAsync(TimeProvider clock, params (string Key, string Value)[] settings) =>
        await FakeSystem.StartWithAsync(
            clock, services => services.AddSingleton<ClipStore>(provider => new FaultyClips(new DiskClipStore(provider.GetRequiredService<DataFolder>(), "clips"))), settings);

    private static FaultyClips StoreOf(FakeSystem system) => (FaultyClips)system.Gateway.Services.GetRequiredService<ClipStore>();

    private static async Task<System.Text.Json.Nodes.JsonNode> ListedAsync(FakeSystem system) =>
        (await system.Http.AskAsync("/v1/analyses").AnswerAsync())["items"]!.AsArray().Single()!;

    private static async Task<JobRow> RowAsync(FakeSystem system, string id)
    {
        await using var context = await system.Gateway.Services.GetRequiredService<IDbContextFactory<JobsContext>>().CreateDbContextAsync(Cancelled);
        return await context.Jobs.AsNoTracking().SingleAsync(row => row.Id == id, Cancelled);
    }

    private static async Task EventuallyAsync(FakeSystem system, string id, Func<JobRow, bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!condition(await RowAsync(system, id)))
        {
            await Task.Delay(20, deadline.Token);
        }
    }

    /// <summary>One that another gateway works on.</summary>
    private static async Task AddElsewhereAsync(FakeSystem system, string id, string? batch)
    {
        await using var context = await system.Gateway.Services.GetRequiredService<IDbContextFactory<JobsContext>>().CreateDbContextAsync(Cancelled);
        var now = TimeProvider.System.GetUtcNow();
        if (batch is not null)
        {
            context.Batches.Add(new BatchRow { Id = batch, CreatedAt = now.ToUnixTimeMilliseconds(), Items = 1 });
        }

        context.Jobs.Add(new JobRow
        {
            Id = id,
            Batch = batch,
            State = AnalysisState.Running,
            Release = FakeAnswers.Release,
            Request = JobJson.Write(new JobRequest(1, 1, new TextRequest(null, "", false), new ReleaseRoute(system.Offered[0], Arm.Pinned))),
            TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            CreatedAt = now.ToUnixTimeMilliseconds(),
            LeaseOwner = "another",
            LeaseUntil = now.AddHours(1).ToUnixTimeMilliseconds(),
            Attempts = 1,
            Claim = 1,
        });
        await context.SaveChangesAsync(Cancelled);
    }

    /// <summary>Folders in folders, whose names together are longer than the system takes for one name: nobody deletes them by it, whoever he is.</summary>
    private sealed class TooDeep
    {
        private readonly string _elsewhere = Directory.CreateTempSubdirectory("emotion-deep-").FullName;
        private readonly string _outer;
        private readonly string _inner;

        public TooDeep(string folder)
        {
            _outer = Path.Combine(folder, "outer");
            _inner = Path.Combine(Below(_outer), "inner");
            Directory.Move(Chain("one"), _outer);
            Directory.Move(Chain("other"), _inner);
        }

        public void Delete()
        {
            Directory.Move(_inner, Path.Combine(_elsewhere, "other"));
            Directory.Delete(_outer, recursive: true);
            Directory.Delete(_elsewhere, recursive: true);
        }

        private static string Below(string top) => Path.Combine([top, .. Enumerable.Repeat(new string('a', 250), 12)]);

        private string Chain(string name)
        {
            var top = Path.Combine(_elsewhere, name);
            Directory.CreateDirectory(Below(top));
            return top;
        }
    }
}
