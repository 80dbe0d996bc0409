using System.Linq.Expressions;
using Emotion.Gateway.Api;
using Emotion.Gateway.Callbacks;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Jobs;

/// <summary>How many analyses there are that have no end, or one that need not be.</summary>
/// <param name="Queued">That wait.</param>
/// <param name="Running">That some gateway works on, or has left behind.</param>
/// <param name="Retryable">That failed by no fault of their clips, whose clips are kept: dead letters.</param>
/// <param name="LongestWait">For how long the one that came alone and waits longest could have been begun; zero where none waits.</param>
/// <param name="LongestWaitOfBatches">The same of those that came in batches, which wait behind the others.</param>
public sealed record KeptJobs(int Queued, int Running, int Retryable, TimeSpan LongestWait, TimeSpan LongestWaitOfBatches);

/// <summary>What time does to the table of jobs; any gateway may do it, several at once.</summary>
public sealed class JobUpkeep(JobsDatabase database, IOptions<GatewayOptions> gateway, IOptions<JobsOptions> options, TimeProvider clock)
{
    /// <summary>Of one look; what is more waits for the next one.</summary>
    private const int Batch = 500;

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Ends what its gateways have left behind, and what nobody is to begin again: too often begun, or cancelled in the meantime.</summary>
    public async Task<IReadOnlyList<JobRow>> BuryAsync(CancellationToken cancellationToken)
    {
        var (now, attempts) = (Now, options.Value.Attempts);
        var dead = await database.ReadAsync(
            jobs => jobs.Where(row => row.State <= AnalysisState.Running && (row.State == AnalysisState.Queued || row.LeaseUntil < now))
                .Where(row => row.CancelledBecause != null || row.Attempts >= attempts)
                .OrderBy(row => row.Number)
                .Take(Batch)
                .ToListAsync(cancellationToken),
            cancellationToken);
        var buried = new List<JobRow>();
        foreach (var row in dead)
        {
            var why = row.CancelledBecause is { } cancelled ? JobJson.Read<Refusal>(cancelled) : Refusal.Interrupted(row.Attempts);
            if (await BuryAsync(row, why, row.CancelledBecause is null, now, cancellationToken))
            {
                (row.Reason, row.Retryable) = (why.Reason, row.CancelledBecause is null);
                buried.Add(row);
            }
        }

        return buried;
    }

    /// <summary>Forgets what was kept long enough, and the oldest of too many.</summary>
    /// <returns>Their names: what else is left of them can go too.</returns>
    public async Task<IReadOnlyList<string>> ForgetAsync(CancellationToken cancellationToken)
    {
        var (before, kept) = (Now - (long)gateway.Value.KeptFor.TotalMilliseconds, gateway.Value.KeptAnalyses);
        var old = await database.ReadAsync(
            jobs => jobs.Where(row => row.EndedAt < before).OrderBy(row => row.EndedAt).Select(row => row.Id).Take(Batch).ToListAsync(cancellationToken), cancellationToken);
        var tooMany = await database.ReadAsync(
            jobs => jobs.Where(row => row.EndedAt != null).OrderByDescending(row => row.EndedAt).ThenByDescending(row => row.Number)
                .Skip(kept).Take(Batch).Select(row => row.Id).ToListAsync(cancellationToken),
            cancellationToken);
        var ids = old.Union(tooMany).ToList();
        if (ids.Count > 0)
        {
            // One that somebody has put back in the meantime stays.
            await database.WriteAsync(
                context => context.Jobs.Where(row => ids.Contains(row.Id) && row.EndedAt != null).ExecuteDeleteAsync(cancellationToken), cancellationToken);
        }

        await database.WriteAsync(
            context => context.Batches.Where(batch => !context.Jobs.Any(row => row.Batch == batch.Id)).ExecuteDeleteAsync(cancellationToken), cancellationToken);
        return ids.Count == 0 ? ids : [.. ids.Except(await KnownAsync(ids, cancellationToken))];
    }

    /// <summary>Of those that failed and could be tried again, the oldest of too many cannot any more.</summary>
    /// <returns>Their names: their clips can go.</returns>
    public async Task<IReadOnlyList<string>> GiveUpAsync(CancellationToken cancellationToken)
    {
        var kept = options.Value.KeptClips;
        var tooMany = await database.ReadAsync(
            jobs => jobs.Where(row => row.Retryable).OrderByDescending(row => row.EndedAt).ThenByDescending(row => row.Number).Skip(kept).Take(Batch).ToListAsync(cancellationToken),
            cancellationToken);
        var givenUp = new List<string>();
        foreach (var old in tooMany)
        {
            var request = JobLeases.WithoutWords(old.Request);
            var changed = await database.WriteAsync(
                context => context.Jobs.Where(row => row.Id == old.Id && row.Retryable).ExecuteUpdateAsync(
                    set => set.SetProperty(row => row.Retryable, false).SetProperty(row => row.Request, request), cancellationToken),
                cancellationToken);
            if (changed > 0)
            {
                givenUp.Add(old.Id);
            }
        }

        return givenUp;
    }

    public async Task<KeptJobs> CountAsync(CancellationToken cancellationToken) => new(
        await CountAsync(row => row.State == AnalysisState.Queued, cancellationToken),
        await CountAsync(row => row.State == AnalysisState.Running, cancellationToken),
        await CountAsync(row => row.Retryable, cancellationToken),
        await LongestWaitAsync(row => row.Batch == null, cancellationToken),
        await LongestWaitAsync(row => row.Batch != null, cancellationToken));

    /// <summary>Keys that were kept long enough may name another analysis.</summary>
    public Task<int> ForgetKeysAsync(CancellationToken cancellationToken)
    {
        var before = Now - (long)options.Value.IdempotencyKeptFor.TotalMilliseconds;
        return database.WriteAsync(
            async context =>
                await context.Jobs.Where(row => row.IdempotencyKey != null && row.CreatedAt < before)
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.IdempotencyKey, (string?)null), cancellationToken)
                + await context.Batches.Where(row => row.IdempotencyKey != null && row.CreatedAt < before)
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.IdempotencyKey, (string?)null), cancellationToken),
            cancellationToken);
    }

    /// <summary>Those of them whose clips are still wanted.</summary>
    public Task<List<string>> WantedAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) => database.ReadAsync(
        jobs => jobs.Where(row => ids.Contains(row.Id) && (row.State <= AnalysisState.Running || row.Retryable)).Select(row => row.Id).ToListAsync(cancellationToken),
        cancellationToken);

    /// <summary>Those of them that have an answer or may come to one.</summary>
    public Task<List<string>> HopefulAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) => database.ReadAsync(
        jobs => jobs.Where(row => ids.Contains(row.Id) && row.State != AnalysisState.Failed).Select(row => row.Id).ToListAsync(cancellationToken), cancellationToken);

    private Task<int> CountAsync(Expression<Func<JobRow, bool>> which, CancellationToken cancellationToken) =>
        database.ReadAsync(jobs => jobs.CountAsync(which, cancellationToken), cancellationToken);

    /// <remarks>One that was put back waits anew, from when it may be begun again, and one that a gateway left behind from when its lease ran out.</remarks>
    private async Task<TimeSpan> LongestWaitAsync(Expression<Func<JobRow, bool>> which, CancellationToken cancellationToken)
    {
        var now = Now;
        var since = await database.ReadAsync(
            jobs => jobs
                .Where(row => row.State == AnalysisState.Queued || (row.State == AnalysisState.Running && row.LeaseUntil < now))
                .Where(which)
                .MinAsync(row => row.State == AnalysisState.Queued ? row.NextTryAt : row.LeaseUntil, cancellationToken),
            cancellationToken);
        return TimeSpan.FromMilliseconds(Math.Max(0, now - (since ?? now)));
    }

    private Task<List<string>> KnownAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) =>
        database.ReadAsync(jobs => jobs.Where(row => ids.Contains(row.Id)).Select(row => row.Id).ToListAsync(cancellationToken), cancellationToken);

    private async Task<bool> BuryAsync(JobRow dead, Refusal why, bool retryable, long now, CancellationToken cancellationToken)
    {
        var problem = JobJson.Write(why);
        var request = retryable ? dead.Request : JobLeases.WithoutWords(dead.Request);
        return await database.WriteAsync(
            context => DeliveryOutbox.EndAsync(
                context, dead.Id, dead.Request, now,
                () => context.Jobs.Where(row => row.Id == dead.Id && row.Claim == dead.Claim && row.State == dead.State).ExecuteUpdateAsync(
                    set => set
                        .SetProperty(row => row.State, AnalysisState.Failed)
                        .SetProperty(row => row.EndedAt, now)
                        .SetProperty(row => row.LeaseOwner, (string?)null)
                        .SetProperty(row => row.LeaseUntil, (long?)null)
                        .SetProperty(row => row.Request, request)
                        .SetProperty(row => row.Problem, problem)
                        .SetProperty(row => row.Reason, why.Reason)
                        .SetProperty(row => row.Retryable, retryable),
                    cancellationToken),
                beside: null,
                cancellationToken),
            cancellationToken) > 0;
    }
}
