using Emotion.Gateway.Api;
using Emotion.Gateway.Batches;
using Emotion.Gateway.Callbacks;
using Emotion.Gateway.Limits;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Jobs;

/// <summary>How a hold on an analysis stands.</summary>
/// <param name="IsHeld">False: another gateway has begun it anew, or it was deleted; nothing can be written any more.</param>
/// <param name="Cancelled">Somebody wants it to end, for this; null: nobody does.</param>
public readonly record struct Hold(bool IsHeld, Refusal? Cancelled);

/// <summary>
/// Who works on what. A claim gives an analysis to one gateway, for a time that it must renew; everything that is written of it afterwards is
/// written only while that claim is the latest, so of several that took one for abandoned only one is heard.
/// </summary>
public sealed class JobLeases(JobsDatabase database, DataFolder folder, IOptions<JobsOptions> options, IOptions<BatchOptions> batches, TimeProvider clock)
{
    // One statement, so that of several takers each row has one. PostgreSQL's lock is skipped by the others; SQLite has one writer.
    // Batches wait behind what came alone, but for those that came before {4}, and take turns: the first of each, then the second of each.
    private const string Claim =
        """
        update jobs set state = 1, lease_owner = {0}, lease_until = {1}, attempts = attempts + 1, claim = claim + 1, started_at = coalesce(started_at, {2})
        where number = (
          select number from jobs
          where cancelled_because is null and attempts < {3} and (state = 0 and next_try_at <= {2} or state = 1 and lease_until < {2})
          order by case when batch is null then 1 when created_at < {4} then 0 else 2 end, place, number limit 1 LOCKED)
        returning *
        """;

    private static readonly string ClaimInSqlite = Claim.Replace("LOCKED", "", StringComparison.Ordinal);
    private static readonly string ClaimInPostgreSql = Claim.Replace("LOCKED", "for update skip locked", StringComparison.Ordinal);

    private readonly JobsOptions _options = options.Value;
    private int _aloneInTurn;

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private long Until => Now + (long)_options.Lease.TotalMilliseconds;

    /// <summary>What was held under this gateway's name is held by nobody: its process is gone.</summary>
    public Task<int> ReleaseOwnAsync(CancellationToken cancellationToken)
    {
        var past = Now - 1; // Not zero: how long it waits is counted from here.
        return database.WriteAsync(
            context => context.Jobs.Where(row => row.State == AnalysisState.Running && row.LeaseOwner == folder.GatewayName)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.LeaseUntil, row => row.LeaseUntil < past ? row.LeaseUntil : past), cancellationToken),
            cancellationToken);
    }

    /// <summary>
    /// The first that waits, or that a gateway has left behind; null where there is none. What came alone comes before batches, but every so often one
    /// that has waited too long in a batch has its turn.
    /// </summary>
    public async Task<JobRow?> ClaimAsync(CancellationToken cancellationToken)
    {
        var alone = Interlocked.Exchange(ref _aloneInTurn, 0); // Of several lanes one has the batches' turn.
        var isTheirTurn = alone >= batches.Value.ShareOneIn - 1;
        JobRow? claimed = null;
        try
        {
            return claimed = await ClaimAsync(isTheirTurn ? Now - (long)batches.Value.Patience.TotalMilliseconds : long.MinValue, cancellationToken);
        }
        finally
        {
            if (claimed?.Batch is null)
            {
                Interlocked.Add(ref _aloneInTurn, Math.Min(alone, batches.Value.ShareOneIn) + (claimed is null ? 0 : 1)); // A turn that nobody took stays theirs.
            }
        }
    }

    /// <param name="impatient">What came in batches before this comes first.</param>
    private async Task<JobRow?> ClaimAsync(long impatient, CancellationToken cancellationToken)
    {
        var rows = await database.WriteAsync(
            context => context.Jobs
                .FromSqlRaw(database.IsSqlite ? ClaimInSqlite : ClaimInPostgreSql, folder.GatewayName, Until, Now, _options.Attempts, impatient)
                .AsNoTracking()
                .ToListAsync(cancellationToken),
            cancellationToken);
        return rows.SingleOrDefault();
    }

    public async Task<Hold> RenewAsync(JobRow claimed, CancellationToken cancellationToken)
    {
        var until = Until;
        var renewed = await WriteAsync(claimed, rows => rows.ExecuteUpdateAsync(set => set.SetProperty(row => row.LeaseUntil, until), cancellationToken), cancellationToken);
        var cancelled = renewed
            ? await database.ReadAsync(jobs => jobs.Where(row => row.Id == claimed.Id).Select(row => row.CancelledBecause).FirstOrDefaultAsync(cancellationToken), cancellationToken)
            : null;
        return new Hold(renewed, cancelled is null ? null : JobJson.Read<Refusal>(cancelled));
    }

    /// <summary>Writes how it ended, once.</summary>
    /// <param name="retryable">Its clip is kept.</param>
    /// <returns>False where the hold was lost: the outcome counts for nothing.</returns>
    public Task<bool> EndAsync(JobRow claimed, AnalysisOutcome outcome, bool retryable, CancellationToken cancellationToken)
    {
        var now = Now;
        var state = outcome.Analysis is null ? AnalysisState.Failed : AnalysisState.Done;
        var result = outcome.Analysis is { } analysis ? JobJson.Pack(analysis) : null;
        var problem = outcome.Refusal is { } refusal ? JobJson.Write(refusal) : null;
        var (reason, seconds) = (outcome.Refusal?.Reason, outcome.Analysis?.Clip?.Seconds);
        var (prediction, certainty) = (outcome.Analysis?.Fused?.Prediction, outcome.Analysis?.Fused?.Status);
        var request = retryable ? claimed.Request : WithoutWords(claimed.Request);
        return WriteAsync(
            claimed,
            (context, rows) => DeliveryOutbox.EndAsync(
                context, claimed.Id, claimed.Request, now,
                () => rows.ExecuteUpdateAsync(
                    set => set
                        .SetProperty(row => row.State, state)
                        .SetProperty(row => row.EndedAt, now)
                        .SetProperty(row => row.LeaseOwner, (string?)null)
                        .SetProperty(row => row.LeaseUntil, (long?)null)
                        .SetProperty(row => row.Request, request)
                        .SetProperty(row => row.Result, result)
                        .SetProperty(row => row.Problem, problem)
                        .SetProperty(row => row.Reason, reason)
                        .SetProperty(row => row.Retryable, retryable)
                        .SetProperty(row => row.Seconds, seconds)
                        .SetProperty(row => row.Prediction, prediction)
                        .SetProperty(row => row.Certainty, certainty),
                    cancellationToken),
                async () =>
                {
                    if (seconds is { } analysed && claimed.Owner.Length > 0)
                    {
                        await ClipQuota.CountSecondsAsync(context, claimed.Owner, clock.GetUtcNow(), analysed, cancellationToken);
                    }
                },
                cancellationToken),
            cancellationToken);
    }

    /// <summary>Puts it back, to be begun again after a while.</summary>
    public Task<bool> AgainAsync(JobRow claimed, TimeSpan after, CancellationToken cancellationToken) => PutBackAsync(claimed, claimed.Attempts, after, cancellationToken);

    /// <summary>Puts it back as if it had not been begun: the gateway stops.</summary>
    public Task<bool> GiveBackAsync(JobRow claimed, CancellationToken cancellationToken) => PutBackAsync(claimed, claimed.Attempts - 1, TimeSpan.Zero, cancellationToken);

    /// <summary>Puts it back as if it had not been begun, for a while: as long as it has waited already, so that the next wait is twice as long.</summary>
    /// <param name="since">It waits for what it needs.</param>
    public Task<bool> PutOffAsync(JobRow claimed, TimeSpan since, CancellationToken cancellationToken)
    {
        var milliseconds = Math.Min(Math.Max(since.TotalMilliseconds, _options.FirstRetry.TotalMilliseconds), _options.LongestRetry.TotalMilliseconds);
        return PutBackAsync(claimed, claimed.Attempts - 1, TimeSpan.FromMilliseconds(milliseconds), cancellationToken);
    }

    /// <summary>How long to wait before the next attempt: longer each time.</summary>
    public TimeSpan BackOff(int attempts)
    {
        var doubled = _options.FirstRetry.TotalMilliseconds * Math.Pow(2, attempts - 1);
        return TimeSpan.FromMilliseconds(Math.Min(doubled, _options.LongestRetry.TotalMilliseconds));
    }

    /// <summary>Words are private: they go with the clip.</summary>
    internal static string WithoutWords(string request)
    {
        var read = JobJson.Read<JobRequest>(request);
        return JobJson.Write(read with { Text = read.Text with { Given = null } });
    }

    private Task<bool> PutBackAsync(JobRow claimed, int attempts, TimeSpan after, CancellationToken cancellationToken)
    {
        var next = Now + (long)after.TotalMilliseconds;
        return WriteAsync(
            claimed,
            rows => rows.ExecuteUpdateAsync(
                set => set
                    .SetProperty(row => row.State, AnalysisState.Queued)
                    .SetProperty(row => row.Attempts, attempts)
                    .SetProperty(row => row.NextTryAt, next)
                    .SetProperty(row => row.LeaseOwner, (string?)null)
                    .SetProperty(row => row.LeaseUntil, (long?)null),
                cancellationToken),
            cancellationToken);
    }

    private Task<bool> WriteAsync(JobRow claimed, Func<IQueryable<JobRow>, Task<int>> change, CancellationToken cancellationToken) =>
        WriteAsync(claimed, (_, rows) => change(rows), cancellationToken);

    private async Task<bool> WriteAsync(JobRow claimed, Func<JobsContext, IQueryable<JobRow>, Task<int>> change, CancellationToken cancellationToken) =>
        await database.WriteAsync(
            context => change(context, context.Jobs.Where(row => row.Id == claimed.Id && row.Claim == claimed.Claim && row.State == AnalysisState.Running)), cancellationToken) > 0;
}
