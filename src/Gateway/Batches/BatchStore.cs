using Emotion.Gateway.Api;
using Emotion.Gateway.Callbacks;
using Emotion.Gateway.Jobs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Batches;

/// <summary>The batches, and their analyses as parts of them.</summary>
public sealed class BatchStore(JobsDatabase database, IOptions<GatewayOptions> options, TimeProvider clock)
{
    /// <summary>One that ended before this has been kept long enough, whether it is deleted yet or not.</summary>
    private long Forgotten => (clock.GetUtcNow() - options.Value.KeptFor).ToUnixTimeMilliseconds();

    /// <summary>All of it or nothing. That a clip was refused when it came is told as every outcome is.</summary>
    /// <param name="beside">What else is written, or refused, in the same transaction.</param>
    /// <returns>The same, or the one that has its key already, and whether it is the same.</returns>
    public async Task<(BatchRow Row, bool IsNew)> AddAsync(
        BatchRow batch, IReadOnlyList<JobRow> jobs, Func<JobsContext, Task> beside, CancellationToken cancellationToken)
    {
        try
        {
            await database.WriteAsync(
                async context =>
                {
                    await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
                    context.Batches.Add(batch);
                    await beside(context);
                    await context.SaveChangesAsync(cancellationToken); // EF knows nothing of what refers to what.
                    context.Jobs.AddRange(jobs);
                    await context.SaveChangesAsync(cancellationToken);
                    context.Deliveries.AddRange(jobs.Where(job => job.EndedAt is not null).Select(DeliveryOutbox.Of).OfType<DeliveryRow>());
                    await context.SaveChangesAsync(cancellationToken);
                    await transaction.CommitAsync(cancellationToken);
                    return 1;
                },
                cancellationToken);
            return (batch, true);
        }
        catch (DbUpdateException) when (batch.IdempotencyKey is not null)
        {
            if (await FindByKeyAsync(batch.Owner, batch.IdempotencyKey, cancellationToken) is { } first)
            {
                return (first, false);
            }

            throw;
        }
    }

    public Task<BatchRow?> FindByKeyAsync(string owner, string key, CancellationToken cancellationToken) => database.QueryAsync(
        context => context.Batches.AsNoTracking().FirstOrDefaultAsync(row => row.Owner == owner && row.IdempotencyKey == key, cancellationToken), cancellationToken);

    /// <summary>How many batches have an analysis that waits or runs, at all gateways.</summary>
    public Task<int> CountUnderWayAsync(CancellationToken cancellationToken) => database.ReadAsync(
        jobs => jobs.Where(row => row.Batch != null && row.State <= AnalysisState.Running).Select(row => row.Batch).Distinct().CountAsync(cancellationToken), cancellationToken);

    /// <param name="only">Whose it has to be; null: anybody's.</param>
    /// <returns>Null where there is none of that name, or nothing is kept of it any more.</returns>
    public async Task<Batch?> FindAsync(string id, string? only, CancellationToken cancellationToken)
    {
        var row = await database.QueryAsync(context => context.Batches.AsNoTracking().FirstOrDefaultAsync(batch => batch.Id == id && (only == null || batch.Owner == only), cancellationToken), cancellationToken);
        return row is not null && (await WithCountsAsync([row], cancellationToken))[0] is { } batch && batch.Counts.Kept > 0 ? batch : null;
    }

    /// <summary>The newest first.</summary>
    /// <param name="only">Whose they have to be; null: anybody's.</param>
    /// <returns>With the number that the next page has to be before; null where there is none.</returns>
    public async Task<(IReadOnlyList<Batch> Batches, long? Next)> ListAsync(string? only, int limit, long? before, CancellationToken cancellationToken)
    {
        var forgotten = Forgotten;
        var rows = await database.QueryAsync(
            context => context.Batches.AsNoTracking()
                .Where(batch => only == null || batch.Owner == only)
                .Where(batch => before == null || batch.Number < before)
                .Where(batch => context.Jobs.Any(job => job.Batch == batch.Id && (job.EndedAt == null || job.EndedAt >= forgotten)))
                .OrderByDescending(batch => batch.Number)
                .Take(limit + 1)
                .ToListAsync(cancellationToken),
            cancellationToken);
        return (await WithCountsAsync([.. rows.Take(limit)], cancellationToken), rows.Count > limit ? rows[limit - 1].Number : null);
    }

    /// <summary>Its clips in the order that they came in.</summary>
    /// <returns>With the place that the next page has to be after; null where there is none.</returns>
    public async Task<(IReadOnlyList<BatchItem> Items, int? Next)> ItemsAsync(string id, int limit, int? after, AnalysisState? state, CancellationToken cancellationToken)
    {
        var forgotten = Forgotten;
        var rows = await database.ReadAsync(
            jobs => jobs
                .Where(row => row.Batch == id && (row.EndedAt == null || row.EndedAt >= forgotten))
                .Where(row => after == null || row.Place > after)
                .Where(row => state == null || row.State == state)
                .OrderBy(row => row.Place)
                .Take(limit + 1)
                .Select(row => new JobRow
                {
                    Id = row.Id, Place = row.Place, Name = row.Name, State = row.State, Release = "", Request = "", TraceParent = "", Attempts = row.Attempts,
                    Problem = row.Problem, Retryable = row.Retryable, Seconds = row.Seconds, Prediction = row.Prediction, Certainty = row.Certainty,
                })
                .ToListAsync(cancellationToken),
            cancellationToken);
        return ([.. rows.Take(limit).Select(BatchItem.Of)], rows.Count > limit ? rows[limit - 1].Place : null);
    }

    /// <summary>Of its analyses; of those that have not ended alone, or of all.</summary>
    public Task<List<string>> IdsAsync(string id, bool underWay, CancellationToken cancellationToken) => database.ReadAsync(
        jobs => jobs.Where(row => row.Batch == id && (!underWay || row.State <= AnalysisState.Running)).OrderByDescending(row => row.Place).Select(row => row.Id)
            .ToListAsync(cancellationToken),
        cancellationToken);

    /// <summary>Forgets it and all of its analyses at once, whatever they do.</summary>
    public async Task<bool> DeleteAsync(string id, CancellationToken cancellationToken) => await database.WriteAsync(
        context => context.Batches.Where(row => row.Id == id).ExecuteDeleteAsync(cancellationToken), cancellationToken) > 0;

    private async Task<IReadOnlyList<Batch>> WithCountsAsync(IReadOnlyList<BatchRow> rows, CancellationToken cancellationToken)
    {
        var (ids, forgotten) = (rows.Select(row => row.Id).ToList(), Forgotten);
        var counted = await database.ReadAsync(
            jobs => jobs.Where(row => row.Batch != null && ids.Contains(row.Batch) && (row.EndedAt == null || row.EndedAt >= forgotten))
                .GroupBy(row => new { row.Batch, row.State })
                .Select(group => new { group.Key.Batch, group.Key.State, Count = group.Count() })
                .ToListAsync(cancellationToken),
            cancellationToken);
        return [.. rows.Select(row => Batch.Of(row, counted.Where(one => one.Batch == row.Id).ToDictionary(one => one.State, one => one.Count)))];
    }
}
