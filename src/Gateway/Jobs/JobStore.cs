using Emotion.Gateway.Api;
using Emotion.Gateway.Callbacks;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Jobs;

/// <summary>What can be asked for and of the analyses, by everybody: every one under way, and the ended ones for as long as they are kept.</summary>
public sealed class JobStore(JobsDatabase database, IOptions<GatewayOptions> options, TimeProvider clock)
{
    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>One that ended before this has been kept long enough, whether it is deleted yet or not.</summary>
    private long Forgotten => Now - (long)options.Value.KeptFor.TotalMilliseconds;

    /// <inheritdoc cref="AddAsync(JobRow, Func{JobsContext, Task}, CancellationToken)"/>
    public Task<(JobRow Row, bool IsNew)> AddAsync(JobRow row, CancellationToken cancellationToken) => AddAsync(row, _ => Task.CompletedTask, cancellationToken);

    /// <param name="beside">What else is written, with it or not at all.</param>
    /// <returns>The same, or the one that has its key already, and whether it is the same.</returns>
    public async Task<(JobRow Row, bool IsNew)> AddAsync(JobRow row, Func<JobsContext, Task> beside, CancellationToken cancellationToken)
    {
        try
        {
            return await database.WriteAsync(
                async context =>
                {
                    await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
                    context.Jobs.Add(row);
                    await context.SaveChangesAsync(cancellationToken);
                    await beside(context);
                    await context.SaveChangesAsync(cancellationToken);
                    await transaction.CommitAsync(cancellationToken);
                    return (row, true);
                },
                cancellationToken);
        }
        catch (DbUpdateException) when (row.IdempotencyKey is not null)
        {
            if (await FindByKeyAsync(row.Owner, row.IdempotencyKey, cancellationToken) is { } first)
            {
                return (first, false);
            }

            throw;
        }
    }

    public Task<JobRow?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var forgotten = Forgotten;
        return database.ReadAsync(
            jobs => jobs.FirstOrDefaultAsync(row => row.Id == id && (row.EndedAt == null || row.EndedAt >= forgotten), cancellationToken), cancellationToken);
    }

    public Task<JobRow?> FindByKeyAsync(string owner, string key, CancellationToken cancellationToken) =>
        database.ReadAsync(jobs => jobs.FirstOrDefaultAsync(row => row.Owner == owner && row.IdempotencyKey == key, cancellationToken), cancellationToken);

    /// <summary>Null where there is none of that name.</summary>
    public Task<string?> OwnerOfAsync(string id, CancellationToken cancellationToken) =>
        database.ReadAsync(jobs => jobs.Where(row => row.Id == id).Select(row => row.Owner).FirstOrDefaultAsync(cancellationToken), cancellationToken);

    /// <summary>The newest first, without their requests and results.</summary>
    /// <param name="owner">Only that key's; null for all.</param>
    /// <param name="limit">Of analyses.</param>
    /// <param name="before">Only those of a lower number; null for all.</param>
    /// <param name="state">Null for all.</param>
    /// <param name="retryable">Null for all.</param>
    /// <returns>With the number that the next page has to be before; null where there is none.</returns>
    public async Task<(IReadOnlyList<JobRow> Rows, long? Next)> ListAsync(
        string? owner, int limit, long? before, AnalysisState? state, bool? retryable, CancellationToken cancellationToken)
    {
        var forgotten = Forgotten;
        var found = await database.ReadAsync(
            jobs => jobs
                .Where(row => row.EndedAt == null || row.EndedAt >= forgotten)
                .Where(row => owner == null || row.Owner == owner)
                .Where(row => before == null || row.Number < before)
                .Where(row => state == null || row.State == state)
                .Where(row => retryable == null || row.Retryable == retryable)
                .OrderByDescending(row => row.Number)
                .Take(limit + 1)
                .Select(row => new JobRow
                {
                    Number = row.Number, Id = row.Id, Owner = row.Owner, State = row.State, Release = row.Release, Request = "", TraceParent = "", CreatedAt = row.CreatedAt,
                    Batch = row.Batch, Name = row.Name, Attempts = row.Attempts, Reason = row.Reason, Retryable = row.Retryable, Seconds = row.Seconds, Prediction = row.Prediction,
                    Certainty = row.Certainty,
                })
                .ToListAsync(cancellationToken),
            cancellationToken);
        return ([.. found.Take(limit)], found.Count > limit ? found[limit - 1].Number : null);
    }

    /// <summary>Of every analysis that has not ended: their services must still answer for them.</summary>
    public Task<List<string>> ReleasesUnderWayAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(jobs => jobs.Where(row => row.State <= AnalysisState.Running).Select(row => row.Release).Distinct().ToListAsync(cancellationToken), cancellationToken);

    /// <summary>How many wait or run that came alone, at all gateways.</summary>
    public Task<int> CountUnderWayAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(jobs => jobs.CountAsync(row => row.Batch == null && row.State <= AnalysisState.Running, cancellationToken), cancellationToken);

    /// <summary>How many of one key wait or run that came alone, at all gateways.</summary>
    public Task<int> CountUnderWayAsync(string owner, CancellationToken cancellationToken) =>
        database.ReadAsync(jobs => jobs.CountAsync(row => row.Batch == null && row.Owner == owner && row.State <= AnalysisState.Running, cancellationToken), cancellationToken);

    public Task<bool> AnyWaitsAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(jobs => jobs.AnyAsync(row => row.State == AnalysisState.Queued, cancellationToken), cancellationToken);

    /// <summary>What waits ends here; what runs is to end where it runs.</summary>
    /// <returns>True where it has ended by this.</returns>
    public async Task<bool> CancelAsync(string id, Refusal why, CancellationToken cancellationToken)
    {
        var (now, problem) = (Now, JobJson.Write(why));
        var asked = await database.ReadAsync(jobs => jobs.Where(row => row.Id == id).Select(row => row.Request).FirstOrDefaultAsync(cancellationToken), cancellationToken);
        if (asked is null)
        {
            return false;
        }

        var request = JobLeases.WithoutWords(asked);
        return await database.WriteAsync(
            async context =>
            {
                var ended = await DeliveryOutbox.EndAsync(
                    context, id, asked, now,
                    () => context.Jobs.Where(row => row.Id == id && row.State == AnalysisState.Queued).ExecuteUpdateAsync(
                        set => set
                            .SetProperty(row => row.State, AnalysisState.Failed)
                            .SetProperty(row => row.EndedAt, now)
                            .SetProperty(row => row.Request, request)
                            .SetProperty(row => row.Problem, problem)
                            .SetProperty(row => row.Reason, why.Reason),
                        cancellationToken),
                    beside: null,
                    cancellationToken);
                if (ended == 0)
                {
                    await context.Jobs.Where(row => row.Id == id && row.State == AnalysisState.Running && row.CancelledBecause == null)
                        .ExecuteUpdateAsync(set => set.SetProperty(row => row.CancelledBecause, problem), cancellationToken);
                }

                return ended > 0;
            },
            cancellationToken);
    }

    /// <summary>Forgets it at once, whatever it does.</summary>
    public async Task<bool> DeleteAsync(string id, CancellationToken cancellationToken) => await database.WriteAsync(
        context => context.Jobs.Where(row => row.Id == id).ExecuteDeleteAsync(cancellationToken), cancellationToken) > 0;

    /// <summary>Puts one that failed, and whose clip was kept, back as if it had just come. That it failed is not told any more.</summary>
    public async Task<bool> RetryAsync(string id, CancellationToken cancellationToken)
    {
        var now = Now;
        return await database.WriteAsync(
            async context =>
            {
                await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
                var begun = await context.Jobs.Where(row => row.Id == id && row.State == AnalysisState.Failed && row.Retryable).ExecuteUpdateAsync(
                    set => set
                        .SetProperty(row => row.State, AnalysisState.Queued)
                        .SetProperty(row => row.Attempts, 0)
                        .SetProperty(row => row.NextTryAt, now)
                        .SetProperty(row => row.StartedAt, (long?)null)
                        .SetProperty(row => row.EndedAt, (long?)null)
                        .SetProperty(row => row.CancelledBecause, (string?)null)
                        .SetProperty(row => row.Problem, (string?)null)
                        .SetProperty(row => row.Reason, (string?)null)
                        .SetProperty(row => row.Retryable, false),
                    cancellationToken);
                if (begun > 0)
                {
                    await context.Deliveries.Where(row => row.Job == id).ExecuteDeleteAsync(cancellationToken);
                }

                await transaction.CommitAsync(cancellationToken);
                return begun;
            },
            cancellationToken) > 0;
    }
}
