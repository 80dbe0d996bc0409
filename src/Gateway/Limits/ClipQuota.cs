using Emotion.Gateway.Jobs;
using Emotion.Gateway.Keys;
using Microsoft.EntityFrameworkCore;

namespace Emotion.Gateway.Limits;

/// <summary>Clips of a key on one day.</summary>
public sealed class UsageRow
{
    public required string KeyId { get; init; }

    /// <summary>Days of Unix time.</summary>
    public required int Day { get; init; }

    public int Clips { get; set; }
}

/// <summary>How many clips each key has sent today, UTC, in the database: restarts and several gateways agree.</summary>
public sealed class ClipQuota(JobsDatabase database, TimeProvider clock)
{
    private const int KeptDays = 31;

    // Both databases know it; no row comes back where the limit is reached, and two at the same time wait for each other.
    private const string Count =
        """
        insert into usage (key_id, day, clips) values ({0}, {1}, {3})
        on conflict (key_id, day) do update set clips = usage.clips + {3} where usage.clips + {3} <= {2}
        returning *
        """;

    private int Today => (int)(clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalDays;

    private TimeSpan UntilMidnight => TimeSpan.FromDays(Today + 1) - (clock.GetUtcNow() - DateTimeOffset.UnixEpoch);

    /// <summary>Before a clip is sent for nothing.</summary>
    /// <exception cref="RefusedException">There is none left today.</exception>
    public async Task RequireAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Limits is { } limits && await ClipsAsync(caller.Key, cancellationToken) >= limits.ClipsPerDay)
        {
            throw new RefusedException(Exceeded(limits));
        }
    }

    /// <summary>Counts some, all of them or none, together with what else is written of them.</summary>
    /// <returns>How many there are today.</returns>
    /// <exception cref="RefusedException">There is none left today.</exception>
    public async Task<int> CountAsync(JobsContext context, Caller caller, int clips, CancellationToken cancellationToken)
    {
        if (caller.Limits is not { } limits)
        {
            return 0;
        }

        // A day's first row has no limit in it.
        var rows = clips > limits.ClipsPerDay
            ? []
            : await context.Usage.FromSqlRaw(Count, caller.Key, Today, limits.ClipsPerDay, clips).AsNoTracking().ToListAsync(cancellationToken);
        return rows is [{ } row] ? row.Clips : throw new RefusedException(Exceeded(limits));
    }

    public Task<int> ClipsAsync(string key, CancellationToken cancellationToken)
    {
        var today = Today;
        return database.QueryAsync(
            context => context.Usage.Where(row => row.KeyId == key && row.Day == today).Select(row => row.Clips).FirstOrDefaultAsync(cancellationToken), cancellationToken);
    }

    /// <param name="clips">Of today.</param>
    public void Tell(HttpContext context, Caller caller, int clips)
    {
        if (caller.Limits is { } limits)
        {
            RateLimitFields.Add(context, "clips", limits.ClipsPerDay, TimeSpan.FromDays(1), Math.Max(0, limits.ClipsPerDay - clips), UntilMidnight);
        }
    }

    public Task<int> ForgetAsync(CancellationToken cancellationToken)
    {
        var before = Today - KeptDays;
        return database.WriteAsync(context => context.Usage.Where(row => row.Day < before).ExecuteDeleteAsync(cancellationToken), cancellationToken);
    }

    private Refusal Exceeded(EffectiveLimits limits) => new(
        StatusCodes.Status429TooManyRequests, "quota-exceeded", $"The key may send {limits.ClipsPerDay:N0} clips a day, from midnight to midnight, UTC.")
    {
        RetryAfter = UntilMidnight,
    };
}
