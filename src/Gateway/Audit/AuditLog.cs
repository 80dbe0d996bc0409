using Emotion.Gateway.Jobs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Audit;

/// <summary>Who did what to which, when, and what came of it. Rows are added, and deleted when they were kept long enough; nothing changes one.</summary>
public sealed class AuditLog(JobsDatabase database, IOptions<AuditOptions> options, TimeProvider clock)
{
    /// <summary>Of one sweep; what is more waits for the next one.</summary>
    private const int Batch = 10_000;

    /// <summary>An id that a caller made up may be of any length.</summary>
    private const int LongestSubject = 64;

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <param name="key">Empty: nobody by name.</param>
    public AuditRow Row(string key, string action, string? subject, string outcome, string? detail = null) => new()
    {
        At = Now, KeyId = key, Action = action, Subject = subject?.Length > LongestSubject ? subject[..LongestSubject] : subject, Outcome = outcome, Detail = detail,
    };

    public Task WriteAsync(AuditRow row, CancellationToken cancellationToken) => database.WriteAsync(
        context =>
        {
            context.Audit.Add(row);
            return context.SaveChangesAsync(cancellationToken);
        },
        cancellationToken);

    /// <summary>The newest first.</summary>
    /// <param name="before">Only those of a lower number; null for all.</param>
    /// <param name="key">Only what that key did; null for all.</param>
    /// <param name="subject">Only what was done to that; null for all.</param>
    /// <returns>With the number that the next page has to be before; null where there is none.</returns>
    public async Task<(IReadOnlyList<AuditRow> Rows, long? Next)> ListAsync(int limit, long? before, string? key, string? subject, CancellationToken cancellationToken)
    {
        var found = await database.QueryAsync(
            context => context.Audit.AsNoTracking()
                .Where(row => before == null || row.Number < before)
                .Where(row => key == null || row.KeyId == key)
                .Where(row => subject == null || row.Subject == subject)
                .OrderByDescending(row => row.Number).Take(limit + 1).ToListAsync(cancellationToken),
            cancellationToken);
        return ([.. found.Take(limit)], found.Count > limit ? found[limit - 1].Number : null);
    }

    /// <summary>Deletes what was kept long enough, and the oldest of too many.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        var (before, kept) = (Now - (long)options.Value.KeptFor.TotalMilliseconds, options.Value.KeptActs);
        var (newest, old) = await database.QueryAsync(
            async context => (
                await context.Audit.MaxAsync(row => (long?)row.Number, cancellationToken) ?? 0,
                await context.Audit.Where(row => row.At < before).MaxAsync(row => (long?)row.Number, cancellationToken) ?? 0),
            cancellationToken);
        var last = Math.Max(old, newest - kept); // Numbers have gaps at most: never too few are kept by time, never too many by number.
        var first = await database.QueryAsync(context => context.Audit.MinAsync(row => (long?)row.Number, cancellationToken), cancellationToken);
        if (first is { } oldest && oldest <= last)
        {
            var to = Math.Min(last, oldest + Batch);
            await database.WriteAsync(context => context.Audit.Where(row => row.Number <= to).ExecuteDeleteAsync(cancellationToken), cancellationToken);
        }
    }
}
