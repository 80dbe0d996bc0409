using Emotion.Gateway.Jobs;
using Emotion.Gateway.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Sessions;

/// <summary>The sessions, in the database of jobs: any gateway knows them, and ends them with their key.</summary>
public sealed class SessionStore(JobsDatabase database, IOptions<PageSessionOptions> options, TimeProvider clock)
{
    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <returns>And when it ends.</returns>
    public async Task<(SessionId Id, DateTimeOffset ExpiresAt)> BeginAsync(string key, CancellationToken cancellationToken)
    {
        var (id, now) = (SessionId.Create(), Now);
        var row = new SessionRow { Hash = id.Hash, KeyId = key, CreatedAt = now, ExpiresAt = now + (long)options.Value.Lifetime.TotalMilliseconds };
        await database.WriteAsync(
            async context =>
            {
                context.Sessions.Add(row);
                await context.SaveChangesAsync(cancellationToken);
                var old = await context.Sessions.Where(session => session.KeyId == key).OrderByDescending(session => session.CreatedAt)
                    .Select(session => session.Hash).Skip(options.Value.PerKey).ToListAsync(cancellationToken);
                return await context.Sessions.Where(session => old.Contains(session.Hash)).ExecuteDeleteAsync(cancellationToken);
            },
            cancellationToken);
        return (id, DateTimeOffset.FromUnixTimeMilliseconds(row.ExpiresAt));
    }

    /// <returns>Null where it is over; else its key, whether that is good or not.</returns>
    public Task<(SessionRow Session, KeyRow Key)?> FindAsync(SessionId id, CancellationToken cancellationToken)
    {
        var (hash, now) = (id.Hash, Now);
        return database.QueryAsync<(SessionRow, KeyRow)?>(
            async context => await (
                    from session in context.Sessions.AsNoTracking()
                    join key in context.Keys.AsNoTracking() on session.KeyId equals key.Id
                    where session.Hash == hash && session.ExpiresAt > now
                    select new { session, key })
                .FirstOrDefaultAsync(cancellationToken) is { } found ? (found.session, found.key) : null,
            cancellationToken);
    }

    public Task<int> EndAsync(SessionId id, CancellationToken cancellationToken)
    {
        var hash = id.Hash;
        return database.WriteAsync(context => context.Sessions.Where(session => session.Hash == hash).ExecuteDeleteAsync(cancellationToken), cancellationToken);
    }

    public Task<int> ForgetAsync(CancellationToken cancellationToken)
    {
        var now = Now;
        return database.WriteAsync(context => context.Sessions.Where(session => session.ExpiresAt <= now).ExecuteDeleteAsync(cancellationToken), cancellationToken);
    }
}
