using Emotion.Gateway.Api;
using Emotion.Gateway.Batches;
using Emotion.Gateway.Jobs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Tests;

/// <summary>On SQLite.</summary>
public sealed class SqliteBatchStoreTests : BatchStoreTests
{
    protected override Task<string?> DatabaseAsync() => Task.FromResult<string?>(null);
}

/// <summary>On PostgreSQL.</summary>
public sealed class PostgreSqlBatchStoreTests(PostgreSql server) : BatchStoreTests
{
    protected override async Task<string?> DatabaseAsync() => await server.CreateDatabaseAsync();
}

/// <summary>What must hold of batches on every database.</summary>
public abstract class BatchStoreTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private readonly GatewayOptions _gateway = new() { KeptFor = TimeSpan.FromHours(1) };
    private JobsWorld? _world;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private JobsWorld World => _world!;

    private BatchStore Store => new(World.Database, Options.Create(_gateway), _clock);

    protected abstract Task<string?> DatabaseAsync();

    public async ValueTask InitializeAsync()
    {
        _world = new JobsWorld(await DatabaseAsync(), null, _clock, _gateway, new JobsOptions());
        await _world.Database.OpenAsync(Cancelled);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _world?.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Claim_BatchesAfterWhatCameAlone_TakeTurns()
    {
        await AddAsync("a", 3);
        await AddAsync("b", 2);
        await World.AddAsync("alone");

        var claimed = new List<string>();
        while (await World.Leases.ClaimAsync(Cancelled) is { } row)
        {
            claimed.Add(row.Id);
        }

        Assert.Equal(["alone", "a0", "b0", "a1", "b1", "a2"], claimed);
        Assert.Equal((1, 2), (await World.Store.CountUnderWayAsync(Cancelled), await Store.CountUnderWayAsync(Cancelled)));
    }

    [Fact]
    public async Task Claim_SinglesThatNeverLetUp_LeaveBatchesTheirShareOnceTheyHaveWaited()
    {
        (World.Batches.ShareOneIn, World.Batches.Patience) = (3, TimeSpan.FromSeconds(10));
        await AddAsync("a", 2);
        await AddAsync("b", 1);
        var singles = 0;
        async Task<string> ClaimAsync()
        {
            await World.AddAsync($"alone{singles++}"); // More of them wait, always.
            return (await World.ClaimAsync()).Id;
        }

        var before = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            before.Add(await ClaimAsync());
        }

        _clock.Advance(TimeSpan.FromSeconds(20)); // Within the lease of those that run.
        await AddAsync("late", 1); // Has not waited yet.
        var after = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            after.Add(await ClaimAsync());
        }

        Assert.All(before, id => Assert.StartsWith("alone", id, StringComparison.Ordinal));
        Assert.Equal(
            ["a0", "alone6", "alone7", "b0", "alone8", "alone9", "a1", "alone10", "alone11", "alone12"],
            after);
    }

    [Fact]
    public async Task Add_SameKeyAtTheSameTime_IsOneBatch()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() => AddAsync($"a{i}-", 2, key: "k"), Cancelled)));

        Assert.Single(added, one => one.IsNew);
        Assert.Single(added.Select(one => one.Row.Id).Distinct());
        Assert.Equal(2, (await Store.IdsAsync(added[0].Row.Id, underWay: true, Cancelled)).Count);
        await using var context = World.Context();
        Assert.Equal(2, await context.Jobs.CountAsync(Cancelled));
    }

    [Fact]
    public async Task Find_CountsAndItems_AreThoseOfItsAnalyses()
    {
        await AddAsync("a", 3, refused: 1);
        await AddAsync("b", 1);
        var first = await World.ClaimAsync();
        Assert.True(await World.Leases.EndAsync(first, Behaviour.Answer("happy", 10), retryable: false, Cancelled));

        var batch = (await Store.FindAsync("a", only: null, Cancelled))!;
        var (page, next) = await Store.ItemsAsync("a", 2, null, null, Cancelled);
        var (rest, last) = await Store.ItemsAsync("a", 2, next, null, Cancelled);
        var (failed, _) = await Store.ItemsAsync("a", 2, null, AnalysisState.Failed, Cancelled);
        var (list, _) = await Store.ListAsync(only: null, 10, null, Cancelled);

        Assert.Equal(("a0", new BatchCounts(3, 1, 0, 1, 1), BatchStatus.Running), (first.Id, batch.Counts, batch.Status));
        Assert.Equal([("a0", 0, "happy", null), ("a1", 1, null, "no-sense")], page.Select(item => (item.Id, item.Position, item.Prediction, item.Reason)));
        Assert.Equal((1, "a2", null, "a1"), (next, Assert.Single(rest).Id, last, Assert.Single(failed).Id));
        Assert.Equal(["b", "a"], list.Select(one => one.Id));
        Assert.Equal(["a2"], await Store.IdsAsync("a", underWay: true, Cancelled));
    }

    [Fact]
    public async Task Delete_AndForget_LeaveNothingOfIt()
    {
        await AddAsync("a", 2);
        await AddAsync("b", 1, refused: 0);
        await World.AddAsync("alone");

        Assert.True(await Store.DeleteAsync("a", Cancelled));
        Assert.False(await Store.DeleteAsync("a", Cancelled));
        Assert.Null(await Store.FindAsync("a", only: null, Cancelled));
        Assert.NotNull(await Store.FindAsync("b", only: null, Cancelled));
        _clock.Advance(TimeSpan.FromHours(2));
        Assert.Null(await Store.FindAsync("b", only: null, Cancelled));
        Assert.Equal(["b0"], await World.Upkeep.ForgetAsync(Cancelled));

        await using var context = World.Context();
        Assert.Equal(["alone"], await context.Jobs.Select(row => row.Id).ToListAsync(Cancelled));
        Assert.Empty(await context.Batches.ToListAsync(Cancelled));
    }

    /// <param name="refused">Place of one that was refused when it came.</param>
    private Task<(BatchRow Row, bool IsNew)> AddAsync(string id, int items, string? key = null, int refused = -1)
    {
        var now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        var jobs = Enumerable.Range(0, items).Select(place =>
        {
            var row = World.Row($"{id}{place}");
            return new JobRow
            {
                Id = row.Id, Batch = id, Place = place, Name = $"{place}.wav", Release = row.Release, Request = row.Request, TraceParent = row.TraceParent,
                CreatedAt = now, NextTryAt = now, State = place == refused ? AnalysisState.Failed : AnalysisState.Queued, EndedAt = place == refused ? now : null,
                Problem = place == refused ? JobJson.Write(new Refusal(415, "no-sense", "It is none.")) : null,
            };
        });
        return Store.AddAsync(new BatchRow { Id = id, IdempotencyKey = key, RequestDigest = id, CreatedAt = now, Items = items }, [.. jobs], _ => Task.CompletedTask, Cancelled);
    }
}
