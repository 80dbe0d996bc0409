using Emotion.Gateway.Jobs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Keys;

/// <summary>The keys, in the database of jobs: every gateway asks it, so that what is revoked is so at once and everywhere.</summary>
public sealed class KeyStore(JobsDatabase database, IOptions<KeysOptions> options, TimeProvider clock)
{
    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <exception cref="RefusedException">There are too many.</exception>
    public Task AddAsync(KeyRow row, CancellationToken cancellationToken) => database.WriteAsync(
        async context =>
        {
            if (await context.Keys.CountAsync(cancellationToken) >= options.Value.MaximumKeys)
            {
                throw new RefusedException(new Refusal(
                    StatusCodes.Status409Conflict, "too-many-keys", $"There are {options.Value.MaximumKeys:N0} keys already, revoked ones among them."));
            }

            context.Keys.Add(row);
            return await context.SaveChangesAsync(cancellationToken);
        },
        cancellationToken);

    public Task<KeyRow?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.QueryAsync(context => context.Keys.AsNoTracking().FirstOrDefaultAsync(row => row.Id == id, cancellationToken), cancellationToken);

    /// <summary>The newest first.</summary>
    /// <param name="before">Only those of a lower number; null for all.</param>
    /// <returns>With the number that the next page has to be before; null where there is none.</returns>
    public async Task<(IReadOnlyList<KeyRow> Rows, long? Next)> ListAsync(int limit, long? before, CancellationToken cancellationToken)
    {
        var found = await database.QueryAsync(
            context => context.Keys.AsNoTracking().Where(row => before == null || row.Number < before)
                .OrderByDescending(row => row.Number).Take(limit + 1).ToListAsync(cancellationToken),
            cancellationToken);
        return ([.. found.Take(limit)], found.Count > limit ? found[limit - 1].Number : null);
    }

    /// <summary>Gives it another secret; the one that it has is good for as long as is said, and the one before that no more.</summary>
    /// <returns>False where there is no such key that is good.</returns>
    public async Task<bool> RotateAsync(string id, string hash, TimeSpan grace, CancellationToken cancellationToken)
    {
        var (now, until) = (Now, Now + (long)grace.TotalMilliseconds);
        return await database.WriteAsync(
            context => context.Keys.Where(row => row.Id == id && row.RevokedAt == null && (row.ExpiresAt == null || row.ExpiresAt > now)).ExecuteUpdateAsync(
                set => set
                    .SetProperty(row => row.PreviousHash, row => row.Hash)
                    .SetProperty(row => row.PreviousUntil, until)
                    .SetProperty(row => row.Hash, hash)
                    .SetProperty(row => row.RotatedAt, now),
                cancellationToken),
            cancellationToken) > 0;
    }

    /// <summary>At once, for good, and for all of its secrets; again does no harm.</summary>
    /// <returns>False where there is no such key.</returns>
    public async Task<bool> RevokeAsync(string id, CancellationToken cancellationToken)
    {
        var now = Now;
        return await database.WriteAsync(
            context => context.Keys.Where(row => row.Id == id)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.RevokedAt, row => row.RevokedAt ?? now), cancellationToken),
            cancellationToken) > 0;
    }

    /// <summary>It was used just now.</summary>
    public async Task UsedAsync(KeyRow key, CancellationToken cancellationToken)
    {
        var now = Now;
        if (key.UsedAt is { } used && now - used < options.Value.UsedPrecision.TotalMilliseconds)
        {
            return;
        }

        await database.WriteAsync(
            context => context.Keys.Where(row => row.Id == key.Id && row.UsedAt == key.UsedAt)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.UsedAt, now), cancellationToken),
            cancellationToken);
    }

    /// <summary>
    /// Takes the secret of the configuration for a key, once: what was rotated since stays so until the configuration has another one. One that was
    /// revoked stays so.
    /// </summary>
    /// <returns>Whether the key has another secret now.</returns>
    public async Task<bool> ConfigureAsync(string id, string hash, CancellationToken cancellationToken)
    {
        var now = Now;
        return await database.WriteAsync(
            async context =>
            {
                await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
                var changed = context.Keys.Where(row => row.Id == id && row.ConfiguredHash != hash);
                var replaced = await changed.Where(row => row.Hash != hash && row.RevokedAt == null).ExecuteUpdateAsync(
                    set => set
                        .SetProperty(row => row.Hash, hash)
                        .SetProperty(row => row.PreviousHash, (string?)null)
                        .SetProperty(row => row.RotatedAt, now),
                    cancellationToken);
                await changed.ExecuteUpdateAsync(set => set.SetProperty(row => row.ConfiguredHash, hash), cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return replaced;
            },
            cancellationToken) > 0;
    }

    /// <summary>Forgets those whose end is long ago, but for those of the configuration, which would come back by it.</summary>
    public Task<int> ForgetAsync(CancellationToken cancellationToken)
    {
        var before = Now - (long)options.Value.KeptAfterEnd.TotalMilliseconds;
        return database.WriteAsync(
            context => context.Keys.Where(row => (row.RevokedAt < before || row.ExpiresAt < before) && row.ConfiguredHash == null).ExecuteDeleteAsync(cancellationToken),
            cancellationToken);
    }
}
