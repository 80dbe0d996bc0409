using System.Collections.Concurrent;
using Emotion.Gateway.Api;
using Emotion.Gateway.Batches;
using Emotion.Gateway.Jobs;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Emotion.Gateway.Tests;

/// <summary>On SQLite, whose gateways are on one machine.</summary>
public sealed class SqliteJobStoreTests : JobStoreTests
{
    protected override Task<string?> DatabaseAsync() => Task.FromResult<string?>(null);

    /// <summary>The driver's pool lends one handle twice (dotnet/efcore#39008); without it, the log must not be emptied and deleted at the end of every request.</summary>
    [Fact]
    public async Task Connections_AreNotPooled_AndTheirEndsLeaveTheLog()
    {
        await using (var context = One.Context())
        {
            Assert.False(new SqliteConnectionStringBuilder(context.Database.GetConnectionString()).Pooling);
        }

        var log = One.DataFolder.PathOf("jobs.db-wal");
        await One.AddAsync("a");
        Assert.True(new FileInfo(log).Length > 0);
        One.Database.Dispose();
        Other.Database.Dispose();
        Assert.False(File.Exists(log));
    }
}

/// <summary>On PostgreSQL.</summary>
public sealed class PostgreSqlJobStoreTests(PostgreSql server) : JobStoreTests
{
    protected override async Task<string?> DatabaseAsync() => await server.CreateDatabaseAsync();
}

/// <summary>What must hold of the jobs on every database: nothing is lost, nothing is done twice, nobody writes who does not hold.</summary>
public abstract class JobStoreTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private readonly GatewayOptions _gateway = new() { KeptAnalyses = 2, KeptFor = TimeSpan.FromHours(1) };
    private readonly JobsOptions _jobs = new() { Lease = TimeSpan.FromSeconds(30), Attempts = 2, IdempotencyKeptFor = TimeSpan.FromHours(2) };
    private string? _database;
    private JobsWorld? _one;
    private JobsWorld? _other;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected JobsWorld One => _one!;

    /// <summary>Another gateway on the same database.</summary>
    protected JobsWorld Other => _other!;

    protected abstract Task<string?> DatabaseAsync();

    public async ValueTask InitializeAsync()
    {
        _database = await DatabaseAsync();
        _one = new JobsWorld(_database, null, _clock, _gateway, _jobs);
        _other = new JobsWorld(_database, _one, _clock, _gateway, _jobs);

        // As gateways that start at the same time on a fresh database.
        await Task.WhenAll(_one.Database.OpenAsync(Cancelled), _other.Database.OpenAsync(Cancelled));
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _other?.Dispose();
        _one?.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Open_DatabaseOfANewerGateway_IsRefused()
    {
        await using (var context = One.Context())
        {
            await context.Database.ExecuteSqlRawAsync("insert into jobs_schema (version) values (1000)", Cancelled);
        }

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => Other.Database.OpenAsync(Cancelled));

        Assert.Contains("version 1000", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Add_ThenFind_IsTheSameInEveryColumn()
    {
        var added = await One.AddAsync("a", key: "k", words: "a word");

        var found = (await Other.Store.FindAsync("a", Cancelled))!;

        Assert.Equal(JobJson.Write(added), JobJson.Write(found));
        var request = JobJson.Read<JobRequest>(found.Request);
        Assert.Equal("a word", Assert.Single(request.Text.Given!.Segments).Text);
        Assert.Equal((3L, 77UL, 4.0, true), (request.Route.Generation, request.Route.Client!.Value, request.Route.Release.ClipWindow.LengthSeconds, request.Route.Release.HasText));
    }

    [Fact]
    public async Task Add_SameKeyAtTheSameTime_IsOneAnalysisForAll()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(
            () => (i % 2 == 0 ? One : Other).Store.AddAsync(One.Row($"a{i}", key: "k"), Cancelled), Cancelled)));

        Assert.Single(added, one => one.IsNew);
        Assert.Single(added.Select(one => one.Row.Id).Distinct());
        Assert.Equal(1, await One.Store.CountUnderWayAsync(Cancelled));
    }

    [Fact]
    public async Task Add_WithoutKeys_AreAllKept()
    {
        await One.AddAsync("a");
        await One.AddAsync("b");

        Assert.Equal(2, await Other.Store.CountUnderWayAsync(Cancelled));
    }

    [Fact]
    public async Task Claim_ManyTakersAtTwoGateways_EachAnalysisGoesToOne()
    {
        const int Jobs = 60;
        for (var i = 0; i < Jobs; i++)
        {
            await One.AddAsync($"a{i}");
        }

        var taken = new ConcurrentQueue<string>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(taker => Task.Run(
            async () =>
            {
                while (await (taker % 2 == 0 ? One : Other).Leases.ClaimAsync(Cancelled) is { } row)
                {
                    taken.Enqueue(row.Id);
                }
            },
            Cancelled)));

        Assert.Equal(Jobs, taken.Count);
        Assert.Equal(Jobs, taken.Distinct().Count());
    }

    [Fact]
    public async Task Claim_SeveralWait_GivesTheOldestThatMayBeTaken()
    {
        await One.AddAsync("later", after: TimeSpan.FromSeconds(5));
        await One.AddAsync("a");
        await One.AddAsync("b");

        Assert.Equal("a", (await One.ClaimAsync()).Id);
        Assert.Equal("b", (await Other.ClaimAsync()).Id);
        Assert.Null(await One.Leases.ClaimAsync(Cancelled));
        _clock.Advance(TimeSpan.FromSeconds(6));
        var later = await One.ClaimAsync();
        Assert.Equal(("later", 1, AnalysisState.Running), (later.Id, later.Attempts, later.State));
    }

    [Fact]
    public async Task End_AfterTheHoldWasLost_CountsForNothing()
    {
        await One.AddAsync("a");
        var late = await One.ClaimAsync();
        _clock.Advance(TimeSpan.FromSeconds(31));
        var second = await Other.ClaimAsync();

        Assert.False((await One.Leases.RenewAsync(late, Cancelled)).IsHeld);
        Assert.False(await One.Leases.EndAsync(late, Behaviour.Answer("sad", 10), retryable: false, Cancelled));
        Assert.False(await One.Leases.AgainAsync(late, TimeSpan.Zero, Cancelled));
        Assert.False(await One.Leases.GiveBackAsync(late, Cancelled));
        Assert.True(await Other.Leases.EndAsync(second, Behaviour.Answer("happy", 10), retryable: false, Cancelled));
        Assert.False(await One.Leases.EndAsync(late, Behaviour.Answer("sad", 10), retryable: false, Cancelled));

        var row = (await One.Store.FindAsync("a", Cancelled))!;
        Assert.Equal((AnalysisState.Done, "happy", 2), (row.State, row.Prediction, row.Attempts));
        Assert.Equal("happy", JobJson.Unpack(row.Result!).Fused!.Prediction);
    }

    [Fact]
    public async Task End_HoldOfTheSameGatewayFromBefore_CountsForNothing()
    {
        await One.AddAsync("a");
        var late = await One.ClaimAsync();
        _clock.Advance(TimeSpan.FromSeconds(31));
        var second = await One.ClaimAsync();

        Assert.False(await One.Leases.EndAsync(late, Behaviour.Answer("sad", 10), retryable: false, Cancelled));
        Assert.True((await One.Leases.RenewAsync(second, Cancelled)).IsHeld);
    }

    [Fact]
    public async Task End_ManyTimesAtOnce_IsWrittenOnce()
    {
        await One.AddAsync("a");
        var held = await One.ClaimAsync();

        var written = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(
            () => (i % 2 == 0 ? One : Other).Leases.EndAsync(held, Behaviour.Answer("happy", i), retryable: false, Cancelled), Cancelled)));

        Assert.Single(written, true);
    }

    [Fact]
    public async Task Renew_InTime_KeepsOthersAway()
    {
        await One.AddAsync("a");
        var held = await One.ClaimAsync();
        for (var i = 0; i < 4; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(20));
            Assert.Equal(new Hold(true, null), await One.Leases.RenewAsync(held, Cancelled));
            Assert.Null(await Other.Leases.ClaimAsync(Cancelled));
        }
    }

    [Fact]
    public async Task ReleaseOwn_AfterARestart_GivesBackOnlyWhatTheLastOneOfThatNameHeld()
    {
        await One.AddAsync("mine");
        await One.AddAsync("theirs");
        await One.ClaimAsync();
        await Other.ClaimAsync();

        Assert.Equal(1, await One.Leases.ReleaseOwnAsync(Cancelled));

        _clock.Advance(TimeSpan.FromMilliseconds(1));
        var again = await One.ClaimAsync();
        Assert.Equal(("mine", 2), (again.Id, again.Attempts));
        Assert.Null(await One.Leases.ClaimAsync(Cancelled));
    }

    [Fact]
    public async Task GiveBack_GatewayStops_IsNoAttempt()
    {
        await One.AddAsync("a");
        for (var i = 0; i < 5; i++)
        {
            Assert.True(await One.Leases.GiveBackAsync(await One.ClaimAsync(), Cancelled));
        }

        Assert.Equal(1, (await Other.ClaimAsync()).Attempts);
    }

    [Fact]
    public async Task Attempts_GatewaysGoAwayTooOften_IsADeadLetterUntilSomebodyTriesItAgain()
    {
        await One.AddAsync("a", words: "a word");
        for (var i = 0; i < 2; i++)
        {
            await One.ClaimAsync();
            _clock.Advance(TimeSpan.FromSeconds(31));
        }

        Assert.Null(await One.Leases.ClaimAsync(Cancelled));
        Assert.Equal("a", Assert.Single(await Other.Upkeep.BuryAsync(Cancelled)).Id);
        Assert.Empty(await One.Upkeep.BuryAsync(Cancelled));

        var (dead, _) = await One.Store.ListAsync(null, 10, null, AnalysisState.Failed, retryable: true, Cancelled);
        Assert.Equal(("a", "interrupted", 2), (Assert.Single(dead).Id, dead[0].Reason, dead[0].Attempts));
        Assert.Equal(["a"], await One.Upkeep.WantedAsync(["a", "b"], Cancelled));
        Assert.True(await One.Store.RetryAsync("a", Cancelled));
        Assert.False(await One.Store.RetryAsync("a", Cancelled));
        var again = await One.ClaimAsync();
        Assert.Equal((1, null, "a word"), (again.Attempts, again.Problem, JobJson.Read<JobRequest>(again.Request).Text.Given!.Segments[0].Text));
    }

    [Fact]
    public async Task Count_TellsWhatThereIsAndForHowLongTheFirstCouldHaveBeenBegun()
    {
        _jobs.Lease = TimeSpan.FromMinutes(10); // Nobody leaves anything behind here.
        Assert.Equal(new KeptJobs(0, 0, 0, TimeSpan.Zero, TimeSpan.Zero), await One.Upkeep.CountAsync(Cancelled));
        await One.AddAsync("a");
        await One.ClaimAsync();
        await One.AddAsync("b");
        await One.AddAsync("c", after: TimeSpan.FromMinutes(1));
        _clock.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(new KeptJobs(2, 1, 0, TimeSpan.FromSeconds(20), TimeSpan.Zero), await Other.Upkeep.CountAsync(Cancelled));
        await One.ClaimAsync();
        Assert.Equal(TimeSpan.Zero, (await Other.Upkeep.CountAsync(Cancelled)).LongestWait); // Nobody may begin c before.
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.FromSeconds(20), (await Other.Upkeep.CountAsync(Cancelled)).LongestWait);

        await using var context = One.Context();
        context.Batches.Add(new BatchRow { Id = "batch", Owner = "", CreatedAt = 0, Items = 1 });
        await context.SaveChangesAsync(Cancelled);
        await context.Jobs.Where(row => row.Id == "c").ExecuteUpdateAsync(set => set.SetProperty(row => row.Batch, "batch"), Cancelled);
        var kept = await Other.Upkeep.CountAsync(Cancelled);
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromSeconds(20)), (kept.LongestWait, kept.LongestWaitOfBatches));
    }

    [Fact]
    public async Task Count_OneThatAGatewayLeftBehind_WaitsSinceItsLeaseRanOut()
    {
        await One.AddAsync("a");
        await One.ClaimAsync();
        _clock.Advance(_jobs.Lease + TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.FromSeconds(5), (await Other.Upkeep.CountAsync(Cancelled)).LongestWait);

        await Other.ClaimAsync();
        Assert.Equal(TimeSpan.Zero, (await Other.Upkeep.CountAsync(Cancelled)).LongestWait);
        Assert.Equal(1, await Other.Leases.ReleaseOwnAsync(Cancelled)); // Starts anew.
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(3, (await One.Upkeep.CountAsync(Cancelled)).LongestWait.TotalSeconds, 0.01);
    }

    [Fact]
    public async Task GiveUp_MoreFailedThanClipsAreKept_LetsTheOldestGoAndItsWords()
    {
        _jobs.KeptClips = 2;
        foreach (var id in (string[])["a", "b", "c"])
        {
            await One.AddAsync(id, words: "a word");
            var failed = new AnalysisOutcome(null, new Refusal(503, "services-failed", "Audio is away."));
            Assert.True(await One.Leases.EndAsync(await One.ClaimAsync(), failed, retryable: true, Cancelled));
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(["a"], await Other.Upkeep.GiveUpAsync(Cancelled));
        Assert.Empty(await One.Upkeep.GiveUpAsync(Cancelled));

        Assert.Equal(["b", "c"], (await One.Upkeep.WantedAsync(["a", "b", "c"], Cancelled)).Order());
        Assert.False(await One.Store.RetryAsync("a", Cancelled));
        Assert.True(await One.Store.RetryAsync("b", Cancelled));
        var rows = (string[])["a", "c"];
        var given = await Task.WhenAll(rows.Select(async id => JobJson.Read<JobRequest>((await One.Store.FindAsync(id, Cancelled))!.Request).Text.Given is not null));
        Assert.Equal([false, true], given);
    }

    [Fact]
    public async Task Again_ServicesFail_WaitsLongerEachTime()
    {
        await One.AddAsync("a");
        Assert.True(await One.Leases.AgainAsync(await One.ClaimAsync(), TimeSpan.FromSeconds(2), Cancelled));

        Assert.Null(await One.Leases.ClaimAsync(Cancelled));
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(2, (await One.ClaimAsync()).Attempts);
        Assert.Equal([2, 4, 8, 60], new[] { 1, 2, 3, 20 }.Select(attempt => One.Leases.BackOff(attempt).TotalSeconds));
    }

    [Fact]
    public async Task Cancel_Waiting_EndsItWithoutItsWords()
    {
        await One.AddAsync("a", words: "a word");

        Assert.True(await Other.Store.CancelAsync("a", Refusal.CancelledByCaller, Cancelled));

        var row = (await One.Store.FindAsync("a", Cancelled))!;
        Assert.Equal((AnalysisState.Failed, "cancelled", false), (row.State, row.Reason, row.Retryable));
        Assert.DoesNotContain("a word", row.Request, StringComparison.Ordinal);
        Assert.Null(await One.Leases.ClaimAsync(Cancelled));
        Assert.False(await One.Store.RetryAsync("a", Cancelled));
    }

    [Fact]
    public async Task Cancel_Running_IsHeardWhereItRuns()
    {
        await One.AddAsync("a");
        var held = await One.ClaimAsync();

        Assert.False(await Other.Store.CancelAsync("a", Refusal.CancelledByCaller, Cancelled));

        Assert.Equal(new Hold(true, Refusal.CancelledByCaller), await One.Leases.RenewAsync(held, Cancelled));
    }

    [Fact]
    public async Task Cancel_GatewayIsGone_EndsAllTheSame()
    {
        await One.AddAsync("a");
        await One.ClaimAsync();
        await Other.Store.CancelAsync("a", Refusal.CancelledByCaller, Cancelled);
        _clock.Advance(TimeSpan.FromSeconds(31));

        Assert.Null(await Other.Leases.ClaimAsync(Cancelled));
        var buried = Assert.Single(await Other.Upkeep.BuryAsync(Cancelled));
        Assert.Equal(("cancelled", false), (buried.Reason, buried.Retryable));
    }

    [Fact]
    public async Task Delete_Running_NothingCanBeWrittenOfIt()
    {
        await One.AddAsync("a", key: "k");
        var held = await One.ClaimAsync();

        Assert.True(await Other.Store.DeleteAsync("a", Cancelled));

        Assert.False((await One.Leases.RenewAsync(held, Cancelled)).IsHeld);
        Assert.False(await One.Leases.EndAsync(held, Behaviour.Answer("sad", 10), retryable: false, Cancelled));
        Assert.Null(await One.Store.FindAsync("a", Cancelled));
        Assert.Null(await One.Store.FindByKeyAsync("", "k", Cancelled));
        Assert.False(await One.Store.DeleteAsync("a", Cancelled));
    }

    [Fact]
    public async Task Forget_KeptLongEnough_IsNotFoundEvenBeforeItIsDeleted()
    {
        await One.EndAsync("a");

        _clock.Advance(TimeSpan.FromMinutes(59));
        Assert.NotNull(await One.Store.FindAsync("a", Cancelled));
        Assert.Empty(await One.Upkeep.ForgetAsync(Cancelled));
        _clock.Advance(TimeSpan.FromMinutes(2));

        Assert.Null(await One.Store.FindAsync("a", Cancelled));
        Assert.Empty((await One.Store.ListAsync(null, 10, null, null, null, Cancelled)).Rows);
        Assert.Equal(["a"], await One.Upkeep.ForgetAsync(Cancelled));
        await using var context = One.Context();
        Assert.Empty(context.Jobs);
    }

    [Fact]
    public async Task Forget_MoreThanAreKept_TheOldestGoAndWhatIsUnderWayStays()
    {
        await One.AddAsync("running");
        await One.ClaimAsync();
        foreach (var id in (string[])["a", "b", "c"])
        {
            await One.EndAsync(id);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        await One.AddAsync("queued");

        Assert.Equal(["a"], await Other.Upkeep.ForgetAsync(Cancelled));
        Assert.Equal(["queued", "c", "b", "running"], (await One.Store.ListAsync(null, 10, null, null, null, Cancelled)).Rows.Select(row => row.Id));
    }

    [Fact]
    public async Task ForgetKeys_KeptLongEnough_MayNameAnother()
    {
        await One.AddAsync("a", key: "k");
        _clock.Advance(TimeSpan.FromMinutes(119));
        Assert.Equal(0, await One.Upkeep.ForgetKeysAsync(Cancelled));
        _clock.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal(1, await One.Upkeep.ForgetKeysAsync(Cancelled));

        Assert.True((await One.Store.AddAsync(One.Row("b", key: "k"), Cancelled)).IsNew);
    }

    [Fact]
    public async Task List_InPages_HasEachOnceTheNewestFirst()
    {
        await One.EndAsync("done");
        await One.AddAsync("a");
        await One.AddAsync("b");

        var (first, next) = await Other.Store.ListAsync(null, 2, null, null, null, Cancelled);
        var (second, end) = await Other.Store.ListAsync(null, 2, next, null, null, Cancelled);

        Assert.Equal(["b", "a"], first.Select(row => row.Id));
        Assert.Equal(["done"], second.Select(row => row.Id));
        Assert.Null(end);
        Assert.Equal(["done"], (await One.Store.ListAsync(null, 2, null, AnalysisState.Done, null, Cancelled)).Rows.Select(row => row.Id));
        Assert.Equal(["r1"], await One.Store.ReleasesUnderWayAsync(Cancelled));
        Assert.True(await One.Store.AnyWaitsAsync(Cancelled));
    }
}
