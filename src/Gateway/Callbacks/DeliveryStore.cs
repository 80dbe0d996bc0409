using Emotion.Gateway.Jobs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Callbacks;

/// <summary>The deliveries, and who sends which: taken with a lease and a number of the claim, as analyses are.</summary>
public sealed class DeliveryStore(JobsDatabase database, DataFolder folder, IOptions<CallbackOptions> options, TimeProvider clock)
{
    private const string Claim =
        """
        update deliveries set state = 1, lease_owner = {0}, lease_until = {1}, attempts = attempts + 1, claim = claim + 1
        where number = (
          select number from deliveries
          where state = 0 and next_try_at <= {2} or state = 1 and lease_until < {2}
          order by next_try_at, number limit 1 LOCKED)
        returning *
        """;

    private static readonly string ClaimInSqlite = Claim.Replace("LOCKED", "", StringComparison.Ordinal);
    private static readonly string ClaimInPostgreSql = Claim.Replace("LOCKED", "for update skip locked", StringComparison.Ordinal);

    /// <summary>A try ends within its deadline; what is longer is a gateway that has gone.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>What was held under this gateway's name is held by nobody: its process is gone.</summary>
    public Task<int> ReleaseOwnAsync(CancellationToken cancellationToken) => database.WriteAsync(
        context => context.Deliveries.Where(row => row.State == DeliveryState.Sending && row.LeaseOwner == folder.GatewayName)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.LeaseUntil, 0L), cancellationToken),
        cancellationToken);

    /// <summary>The one that has been due for longest; null where none is.</summary>
    public async Task<DeliveryRow?> ClaimAsync(CancellationToken cancellationToken)
    {
        var until = Now + (long)(options.Value.Deadline + Margin).TotalMilliseconds;
        var rows = await database.WriteAsync(
            context => context.Deliveries
                .FromSqlRaw(database.IsSqlite ? ClaimInSqlite : ClaimInPostgreSql, folder.GatewayName, until, Now)
                .AsNoTracking()
                .ToListAsync(cancellationToken),
            cancellationToken);
        return rows.SingleOrDefault();
    }

    public Task DeliveredAsync(DeliveryRow claimed, int status, CancellationToken cancellationToken)
    {
        var now = Now;
        return WriteAsync(
            claimed,
            rows => rows.ExecuteUpdateAsync(
                set => set
                    .SetProperty(row => row.State, DeliveryState.Delivered)
                    .SetProperty(row => row.DeliveredAt, now)
                    .SetProperty(row => row.LeaseOwner, (string?)null)
                    .SetProperty(row => row.LeaseUntil, (long?)null)
                    .SetProperty(row => row.LastStatus, status)
                    .SetProperty(row => row.LastError, (string?)null),
                cancellationToken),
            cancellationToken);
    }

    /// <param name="after">When it is tried again; null: never.</param>
    public Task FailedAsync(DeliveryRow claimed, int? status, string error, TimeSpan? after, CancellationToken cancellationToken)
    {
        var (state, next) = (after is null ? DeliveryState.Dead : DeliveryState.Pending, Now + (long)(after ?? TimeSpan.Zero).TotalMilliseconds);
        return WriteAsync(
            claimed,
            rows => rows.ExecuteUpdateAsync(
                set => set
                    .SetProperty(row => row.State, state)
                    .SetProperty(row => row.NextTryAt, next)
                    .SetProperty(row => row.LeaseOwner, (string?)null)
                    .SetProperty(row => row.LeaseUntil, (long?)null)
                    .SetProperty(row => row.LastStatus, status)
                    .SetProperty(row => row.LastError, error),
                cancellationToken),
            cancellationToken);
    }

    /// <summary>Puts it back as if it had not been begun: the gateway stops.</summary>
    public Task GiveBackAsync(DeliveryRow claimed, CancellationToken cancellationToken) => WriteAsync(
        claimed,
        rows => rows.ExecuteUpdateAsync(
            set => set
                .SetProperty(row => row.State, DeliveryState.Pending)
                .SetProperty(row => row.Attempts, claimed.Attempts - 1)
                .SetProperty(row => row.LeaseOwner, (string?)null)
                .SetProperty(row => row.LeaseUntil, (long?)null),
            cancellationToken),
        cancellationToken);

    /// <summary>Of one analysis, the newest first.</summary>
    public Task<List<DeliveryRow>> ListAsync(string job, CancellationToken cancellationToken) => database.QueryAsync(
        context => context.Deliveries.Where(row => row.Job == job).OrderByDescending(row => row.Number).ToListAsync(cancellationToken), cancellationToken);

    /// <summary>As if it had never been tried. One that is being tried just now goes on.</summary>
    /// <returns>Null where there is none of that name.</returns>
    public async Task<DeliveryRow?> AgainAsync(string job, string id, CancellationToken cancellationToken)
    {
        var now = Now;
        await database.WriteAsync(
            context => context.Deliveries.Where(row => row.Job == job && row.Id == id && row.State != DeliveryState.Sending).ExecuteUpdateAsync(
                set => set
                    .SetProperty(row => row.State, DeliveryState.Pending)
                    .SetProperty(row => row.Attempts, 0)
                    .SetProperty(row => row.NextTryAt, now),
                cancellationToken),
            cancellationToken);
        return await database.QueryAsync(context => context.Deliveries.FirstOrDefaultAsync(row => row.Job == job && row.Id == id, cancellationToken), cancellationToken);
    }

    private Task<int> WriteAsync(DeliveryRow claimed, Func<IQueryable<DeliveryRow>, Task<int>> change, CancellationToken cancellationToken) => database.WriteAsync(
        context => change(context.Deliveries.Where(row => row.Id == claimed.Id && row.Claim == claimed.Claim && row.State == DeliveryState.Sending)), cancellationToken);
}
