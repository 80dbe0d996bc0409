using Emotion.Gateway.Audit;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Keys;
using Emotion.Gateway.Limits;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Tests;

/// <summary>On SQLite.</summary>
public sealed class SqliteKeyStoreTests : KeyStoreTests
{
    protected override Task<string?> DatabaseAsync() => Task.FromResult<string?>(null);
}

/// <summary>On PostgreSQL.</summary>
public sealed class PostgreSqlKeyStoreTests(PostgreSql server) : KeyStoreTests
{
    protected override async Task<string?> DatabaseAsync() => await server.CreateDatabaseAsync();
}

/// <summary>Keys, what they have used, and what was done with them, in every database and for several gateways.</summary>
public abstract class KeyStoreTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private JobsWorld? _one;
    private JobsWorld? _other;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private JobsWorld One => _one!;

    private JobsWorld Other => _other!;

    protected abstract Task<string?> DatabaseAsync();

    public async ValueTask InitializeAsync()
    {
        var database = await DatabaseAsync();
        _one = new JobsWorld(database, null, _clock, new GatewayOptions(), new JobsOptions());
        _other = new JobsWorld(database, _one, _clock, new GatewayOptions(), new JobsOptions());
        await _one.Database.OpenAsync(Cancelled);
        await _other.Database.OpenAsync(Cancelled);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _other?.Dispose();
        _one?.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Key_OfOneGateway_IsKnownAndRevokedAtTheOther()
    {
        var made = await Maker(One).MakeAsync(Wanted("a"), by: "admin", Cancelled);

        Assert.Equal(made.Key.Id, (await Check(Other).CheckAsync(made.Secret, Cancelled)).Key);
        Assert.True(await Store(Other).RevokeAsync(made.Key.Id, Cancelled));

        var refused = await Assert.ThrowsAsync<RefusedException>(() => Check(One).CheckAsync(made.Secret, Cancelled));
        Assert.Equal("revoked-key", refused.Refusal.Reason);
        Assert.False(await Store(One).RevokeAsync("nobody", Cancelled));
        Assert.False(await Store(One).RotateAsync(made.Key.Id, "hash", TimeSpan.Zero, Cancelled));
    }

    [Fact]
    public async Task Rotation_Twice_LeavesTheLastTwoSecretsAndThenOne()
    {
        var first = await Maker(One).MakeAsync(Wanted("a"), by: "", Cancelled);
        var second = await Maker(One).RotateAsync(first.Key.Id, null, Cancelled);
        var third = await Maker(One).RotateAsync(first.Key.Id, 60, Cancelled);

        await Assert.ThrowsAsync<RefusedException>(() => Check(Other).CheckAsync(first.Secret, Cancelled));
        await Check(Other).CheckAsync(second.Secret, Cancelled);
        await Check(Other).CheckAsync(third.Secret, Cancelled);
        _clock.Advance(TimeSpan.FromSeconds(60));
        await Assert.ThrowsAsync<RefusedException>(() => Check(Other).CheckAsync(second.Secret, Cancelled));
        Assert.Equal(third.Key.Id, (await Check(Other).CheckAsync(third.Secret, Cancelled)).Key);
    }

    [Fact]
    public async Task List_InPages_HasEachOnceTheNewestFirstAndForgetsThoseThatEndedLongAgo()
    {
        var old = await Maker(One).MakeAsync(Wanted("old") with { ExpiresAt = _clock.GetUtcNow().AddDays(1) }, by: "", Cancelled);
        await Maker(One).MakeAsync(Wanted("b"), by: "", Cancelled);
        await Maker(One).MakeAsync(Wanted("c"), by: "", Cancelled);

        var (page, next) = await Store(Other).ListAsync(2, null, Cancelled);
        var (last, end) = await Store(Other).ListAsync(2, next, Cancelled);

        Assert.Equal(["c", "b", "old"], page.Concat(last).Select(row => row.Name));
        Assert.Null(end);
        _clock.Advance(TimeSpan.FromDays(92));
        await Store(One).ForgetAsync(Cancelled);
        Assert.Null(await Store(Other).FindAsync(old.Key.Id, Cancelled));
        Assert.Equal(2, (await Store(Other).ListAsync(5, null, Cancelled)).Rows.Count);
    }

    [Fact]
    public async Task Configure_TheSameAgain_LeavesWhatWasDoneSinceAndIsRememberedForGood()
    {
        var id = (await Maker(One).MakeAsync(Wanted("a"), by: "", Cancelled)).Key.Id;

        Assert.True(await Store(One).ConfigureAsync(id, "first", Cancelled));
        await Store(One).RotateAsync(id, "rotated", TimeSpan.Zero, Cancelled);
        Assert.False(await Store(Other).ConfigureAsync(id, "first", Cancelled));
        Assert.Equal("rotated", (await Store(One).FindAsync(id, Cancelled))!.Hash);
        Assert.True(await Store(Other).ConfigureAsync(id, "second", Cancelled));
        Assert.Equal(("second", null), ((await Store(One).FindAsync(id, Cancelled))!.Hash, (await Store(One).FindAsync(id, Cancelled))!.PreviousHash));
        await Store(One).RevokeAsync(id, Cancelled);
        Assert.False(await Store(One).ConfigureAsync(id, "third", Cancelled));

        _clock.Advance(TimeSpan.FromDays(1000));
        await Store(Other).ForgetAsync(Cancelled);
        Assert.Equal("second", (await Store(One).FindAsync(id, Cancelled))!.Hash);
    }

    [Fact]
    public async Task Keys_MoreThanAllowed_AreRefused()
    {
        await Maker(One).MakeAsync(Wanted("a"), by: "", Cancelled);
        var full = new KeyMaker(new KeyStore(One.Database, Options.Create(new KeysOptions { MaximumKeys = 1 }), _clock), Options.Create(new KeysOptions()), _clock);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => full.MakeAsync(Wanted("b"), by: "", Cancelled));

        Assert.Equal("too-many-keys", refused.Refusal.Reason);
    }

    [Fact]
    public async Task Quota_OfTwoGatewaysAtOnce_IsNeverPassed()
    {
        var caller = new Caller("k", KeyScopes.All, new EffectiveLimits(1, 1, 1, ClipsPerDay: 10, SecondsPerDay: 100), null);

        var counted = await Task.WhenAll(Enumerable.Range(0, 30).Select(async number =>
        {
            var world = number % 2 == 0 ? One : Other;
            var quota = new ClipQuota(world.Database, _clock);
            try
            {
                return (await world.Database.WriteAsync(context => quota.CountAsync(context, caller, 1, Cancelled), Cancelled)).Clips;
            }
            catch (RefusedException refused)
            {
                Assert.Equal("quota-exceeded", refused.Refusal.Reason);
                return 0;
            }
        }));

        Assert.Equal(Enumerable.Range(1, 10), counted.Where(count => count > 0).Order());
        var seen = new ClipQuota(Other.Database, _clock);
        await Assert.ThrowsAsync<RefusedException>(() => seen.RequireAsync(caller, Cancelled));
        _clock.Advance(TimeSpan.FromDays(1));
        await seen.RequireAsync(caller, Cancelled);
        _clock.Advance(TimeSpan.FromDays(40));
        Assert.Equal(1, await seen.ForgetAsync(Cancelled));
    }

    [Fact]
    public async Task Quota_OfAClipThatIsNotWrittenDown_IsNotUsed()
    {
        var quota = new ClipQuota(One.Database, _clock);
        var caller = new Caller("k", KeyScopes.All, new EffectiveLimits(1, 1, 1, ClipsPerDay: 2, SecondsPerDay: 100), null);
        await One.AddAsync("a", key: "same");

        var (_, isNew) = await One.Store.AddAsync(One.Row("b", key: "same"), context => quota.CountAsync(context, caller, 1, Cancelled), Cancelled);

        Assert.False(isNew);
        Assert.Equal(default, await quota.UsedAsync("k", Cancelled));
    }

    [Fact]
    public async Task Seconds_OfADay_AreThoseOfWhatWasAnalysed()
    {
        var quota = new ClipQuota(One.Database, _clock);
        var caller = new Caller("k", KeyScopes.All, new EffectiveLimits(1, 1, 1, ClipsPerDay: 9, SecondsPerDay: 10), null);
        Task<int> AnalysedAsync(double seconds) =>
            One.Database.WriteAsync(context => ClipQuota.CountSecondsAsync(context, "k", _clock.GetUtcNow(), seconds, Cancelled), Cancelled);

        await AnalysedAsync(4.5);
        await One.Database.WriteAsync(context => quota.CountAsync(context, caller, 1, Cancelled), Cancelled);
        await quota.RequireAsync(caller, Cancelled);
        await AnalysedAsync(6);

        Assert.Equal(new DayUsage(1, 10.5), await quota.UsedAsync("k", Cancelled));
        await Assert.ThrowsAsync<RefusedException>(() => quota.RequireAsync(caller, Cancelled));
        _clock.Advance(TimeSpan.FromDays(1));
        await quota.RequireAsync(caller, Cancelled);
    }

    [Fact]
    public async Task Audit_KeptLongEnoughOrTooMany_IsForgottenFromItsBeginning()
    {
        var log = new AuditLog(One.Database, Options.Create(new AuditOptions { KeptFor = TimeSpan.FromDays(1), KeptActs = 3 }), _clock);
        foreach (var number in Enumerable.Range(0, 5))
        {
            await log.WriteAsync(log.Row("k", "act", $"{number}" + new string('x', 100), "done"), Cancelled);
        }

        await log.ForgetAsync(Cancelled);

        Assert.Equal("432", string.Concat((await log.ListAsync(10, null, null, null, Cancelled)).Rows.Select(row => row.Subject![0])));
        Assert.All((await log.ListAsync(10, null, "k", null, Cancelled)).Rows, row => Assert.Equal(64, row.Subject!.Length));
        Assert.Empty((await log.ListAsync(10, null, "other", null, Cancelled)).Rows);
        _clock.Advance(TimeSpan.FromDays(1.5));
        await log.WriteAsync(log.Row("k", "act", "new", "done"), Cancelled);
        await log.ForgetAsync(Cancelled);
        Assert.Equal("new", Assert.Single((await log.ListAsync(10, null, null, null, Cancelled)).Rows).Subject);
    }

    private static NewKey Wanted(string name) => new()
    {
        Name = name, Scopes = [KeyScope.Read, KeyScope.Analyse], IntendedUse = new IntendedUse { Area = UseArea.Research, Description = "A study." },
    };

    private KeyStore Store(JobsWorld world) => new(world.Database, Options.Create(new KeysOptions()), _clock);

    private KeyMaker Maker(JobsWorld world) => new(Store(world), Options.Create(new KeysOptions()), _clock);

    private KeyCheck Check(JobsWorld world) => new(Store(world), Options.Create(new LimitOptions()), _clock);
}
