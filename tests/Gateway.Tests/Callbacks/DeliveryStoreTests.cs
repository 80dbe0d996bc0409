using Emotion.Gateway.Callbacks;
using Emotion.Gateway.Jobs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Tests.Callbacks;

/// <summary>On SQLite.</summary>
public sealed class SqliteDeliveryStoreTests : DeliveryStoreTests
{
    protected override Task<string?> DatabaseAsync() => Task.FromResult<string?>(null);
}

/// <summary>On PostgreSQL.</summary>
public sealed class PostgreSqlDeliveryStoreTests(PostgreSql server) : DeliveryStoreTests
{
    protected override async Task<string?> DatabaseAsync() => await server.CreateDatabaseAsync();
}

/// <summary>What must hold of deliveries on every database: there is one for each outcome that is to be told, one gateway sends it, and it goes with its analysis.</summary>
public abstract class DeliveryStoreTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private readonly CallbackOptions _options = new() { Deadline = TimeSpan.FromSeconds(10) };
    private JobsWorld? _one;
    private JobsWorld? _other;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private JobsWorld One => _one!;

    private DeliveryStore Deliveries => StoreOf(_one!);

    protected abstract Task<string?> DatabaseAsync();

    public async ValueTask InitializeAsync()
    {
        var database = await DatabaseAsync();
        var (gateway, jobs) = (new GatewayOptions { KeptAnalyses = 2 }, new JobsOptions { Attempts = 1 });
        _one = new JobsWorld(database, null, _clock, gateway, jobs);
        _other = new JobsWorld(database, _one, _clock, gateway, jobs);
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
    public async Task End_WithAnAddress_IsToBeToldOnce_AndWithoutTheHoldNotAtAll()
    {
        await AddAsync("a");
        await One.AddAsync("silent");
        var claimed = await One.ClaimAsync();
        var lost = new JobRow { Id = "a", Release = "", Request = claimed.Request, TraceParent = "", Claim = claimed.Claim - 1 };

        Assert.False(await One.Leases.EndAsync(lost, Behaviour.Answer("happy", 10), retryable: false, Cancelled));
        Assert.Null(await Deliveries.ClaimAsync(Cancelled));
        Assert.True(await One.Leases.EndAsync(claimed, Behaviour.Answer("happy", 10), retryable: false, Cancelled));
        Assert.True(await One.Leases.EndAsync(await One.ClaimAsync(), Behaviour.Answer("sad", 10), retryable: false, Cancelled));

        var delivery = Assert.Single(await Deliveries.ListAsync("a", Cancelled));
        Assert.Equal(("a", "https://example.com/told", DeliveryState.Pending, 0), (delivery.Job, delivery.Url, delivery.State, delivery.Attempts));
        Assert.Empty(await Deliveries.ListAsync("silent", Cancelled));
    }

    [Fact]
    public async Task End_ByCancelOrUpkeep_IsToBeTold()
    {
        await AddAsync("cancelled");
        Assert.True(await One.Store.CancelAsync("cancelled", Refusal.CancelledByCaller, Cancelled));
        await AddAsync("left");
        await One.ClaimAsync();
        _clock.Advance(TimeSpan.FromHours(1));

        Assert.Single(await One.Upkeep.BuryAsync(Cancelled));

        Assert.Single(await Deliveries.ListAsync("cancelled", Cancelled));
        Assert.Single(await Deliveries.ListAsync("left", Cancelled));
        Assert.True(await One.Store.RetryAsync("left", Cancelled));
        Assert.Empty(await Deliveries.ListAsync("left", Cancelled));
    }

    [Fact]
    public async Task Claim_ManyTakersAtTwoGateways_EachGoesToOne()
    {
        for (var i = 0; i < 20; i++)
        {
            await EndAsync($"a{i}");
        }

        var taken = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => Task.Run(() => StoreOf(i % 2 == 0 ? _one! : _other!).ClaimAsync(Cancelled), Cancelled)));

        var claimed = taken.OfType<DeliveryRow>().Select(row => row.Id).ToList();
        Assert.Equal(claimed.Count, claimed.Distinct().Count());
        while (await Deliveries.ClaimAsync(Cancelled) is { } rest)
        {
            claimed.Add(rest.Id);
        }

        Assert.Equal(20, claimed.Distinct().Count());
    }

    [Fact]
    public async Task Claim_OfAGatewayThatHasGone_IsTakenByAnother_AndTheFirstWritesNothing()
    {
        await EndAsync("a");
        var first = (await StoreOf(_other!).ClaimAsync(Cancelled))!;
        Assert.Null(await Deliveries.ClaimAsync(Cancelled));
        _clock.Advance(TimeSpan.FromMinutes(1));

        var second = (await Deliveries.ClaimAsync(Cancelled))!;

        Assert.Equal((first.Id, 2), (second.Id, second.Attempts));
        await StoreOf(_other!).DeliveredAsync(first, 200, Cancelled);
        Assert.Equal(DeliveryState.Sending, Assert.Single(await Deliveries.ListAsync("a", Cancelled)).State);
        await Deliveries.FailedAsync(second, 500, "refused", TimeSpan.FromSeconds(5), Cancelled);
        Assert.Null(await Deliveries.ClaimAsync(Cancelled));
        _clock.Advance(TimeSpan.FromSeconds(5));
        var third = (await Deliveries.ClaimAsync(Cancelled))!;
        await Deliveries.GiveBackAsync(third, Cancelled);
        Assert.Equal(third.Attempts, (await Deliveries.ClaimAsync(Cancelled))!.Attempts);
        await Deliveries.ReleaseOwnAsync(Cancelled);
        Assert.Equal(third.Attempts + 1, (await Deliveries.ClaimAsync(Cancelled))!.Attempts);
    }

    [Fact]
    public async Task Delete_AndForget_TakeTheDeliveriesAlong()
    {
        foreach (var id in (string[])["a", "b", "c", "d"])
        {
            await EndAsync(id);
        }

        Assert.True(await One.Store.DeleteAsync("d", Cancelled));
        Assert.Equal(["a"], await One.Upkeep.ForgetAsync(Cancelled));

        await using var context = One.Context();
        Assert.Equal(["b", "c"], await context.Deliveries.Select(row => row.Job).Order().ToListAsync(Cancelled));
    }

    private DeliveryStore StoreOf(JobsWorld world) => new(world.Database, world.DataFolder, Options.Create(_options), _clock);

    private async Task AddAsync(string id)
    {
        var row = One.Row(id);
        row.Request = JobJson.Write(JobJson.Read<JobRequest>(row.Request) with { Callback = "https://example.com/told" });
        await One.Store.AddAsync(row, Cancelled);
    }

    private async Task EndAsync(string id)
    {
        await AddAsync(id);
        Assert.True(await One.Leases.EndAsync(await One.ClaimAsync(), Behaviour.Answer("happy", 10), retryable: false, Cancelled));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
    }
}
