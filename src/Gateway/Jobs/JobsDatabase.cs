using Microsoft.EntityFrameworkCore;

namespace Emotion.Gateway.Jobs;

/// <summary>The way to the table of jobs. SQLite has one writer: those of this gateway queue here rather than try until the file is free.</summary>
public sealed class JobsDatabase(IDbContextFactory<JobsContext> contexts) : IDisposable
{
    private readonly SemaphoreSlim _writer = new(1);

    public bool IsSqlite { get; private set; }

    /// <summary>Before anything else.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        IsSqlite = context.Database.IsSqlite();
        await JobsSchema.ApplyAsync(context, cancellationToken);
    }

    public async Task<T> ReadAsync<T>(Func<IQueryable<JobRow>, Task<T>> query, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await query(context.Jobs.AsNoTracking());
    }

    /// <summary>Of all tables.</summary>
    public async Task<T> LookAsync<T>(Func<JobsContext, Task<T>> query, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await query(context);
    }

    public async Task<T> WriteAsync<T>(Func<JobsContext, Task<T>> change, CancellationToken cancellationToken)
    {
        if (IsSqlite)
        {
            await _writer.WaitAsync(cancellationToken);
        }

        try
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            return await change(context);
        }
        finally
        {
            if (IsSqlite)
            {
                _writer.Release();
            }
        }
    }

    /// <summary>SQLite's log holds what was deleted since until it is emptied; where somebody reads just now, next time.</summary>
    public async Task ScrubAsync(CancellationToken cancellationToken)
    {
        if (IsSqlite)
        {
            await WriteAsync(context => context.Database.ExecuteSqlRawAsync("PRAGMA wal_checkpoint(TRUNCATE)", cancellationToken), cancellationToken);
        }
    }

    public void Dispose() => _writer.Dispose();
}
