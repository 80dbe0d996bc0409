using Microsoft.EntityFrameworkCore;

namespace Emotion.Gateway.Jobs;

/// <summary>The way to the table of jobs. SQLite has one writer: those of this gateway queue here rather than try until the file is free.</summary>
public sealed class JobsDatabase(IDbContextFactory<JobsContext> contexts) : IDisposable
{
    private readonly SemaphoreSlim _writer = new(1);

    /// <summary>Of SQLite: while one connection is open, the end of another does not empty the log and delete it.</summary>
    private JobsContext? _open;

    public bool IsSqlite { get; private set; }

    /// <summary>Before anything else.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        IsSqlite = context.Database.IsSqlite();
        await JobsSchema.ApplyAsync(context, cancellationToken);
        if (IsSqlite && _open is null)
        {
            _open = await contexts.CreateDbContextAsync(cancellationToken);
            await _open.Database.OpenConnectionAsync(cancellationToken);
        }
    }

    public async Task<T> ReadAsync<T>(Func<IQueryable<JobRow>, Task<T>> query, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await query(context.Jobs.AsNoTracking());
    }

    /// <summary>Of the other tables.</summary>
    public async Task<T> QueryAsync<T>(Func<JobsContext, Task<T>> query, CancellationToken cancellationToken)
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

    public void Dispose()
    {
        Interlocked.Exchange(ref _open, null)?.Dispose();
        _writer.Dispose();
    }
}
