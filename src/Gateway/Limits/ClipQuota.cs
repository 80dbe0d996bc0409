using Emotion.Gateway.Jobs;
using Emotion.Gateway.Keys;
using Microsoft.EntityFrameworkCore;

namespace Emotion.Gateway.Limits;

/// <summary>What a key used on one day.</summary>
public sealed class UsageRow
{
    public required string KeyId { get; init; }

    /// <summary>Days of Unix time.</summary>
    public required int Day { get; init; }

    public int Clips { get; set; }

    /// <summary>Of media that were analysed.</summary>
    public double Seconds { get; set; }
}

/// <summary>
/// How many clips each key has sent today, UTC, and how many seconds of them were analysed, in the database: restarts and several gateways agree. Clips are
/// counted when they come; how long they are is known once they were analysed, so what is under way then may go beyond the seconds.
/// </summary>
public sealed class ClipQuota(JobsDatabase database, TimeProvider clock)
{
    private const int KeptDays = 31;

    private const string CountSeconds =
        """
        insert into usage (key_id, day, clips, seconds) values ({0}, {1}, 0, {2})
        on conflict (key_id, day) do update set seconds = usage.seconds + {2}
        """;

    // Both databases know it; no row comes back where the limit is reached, and two at the same time wait for each other.
    private const string Count =
        """
        insert into usage (key_id, day, clips) values ({0}, {1}, {3})
        on conflict (key_id, day) do update set clips = usage.clips + {3} where usage.clips + {3} <= {2}
        returning *
        """;

    private int Today => DayOf(clock.GetUtcNow());

    private TimeSpan UntilMidnight => TimeSpan.FromDays(Today + 1) - (clock.GetUtcNow() - DateTimeOffset.UnixEpoch);

    /// <summary>Before a clip is sent for nothing.</summary>
    /// <exception cref="RefusedException">There is none left today.</exception>
    public async Task RequireAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Limits is not { } limits)
        {
            return;
        }

        var used = await UsedAsync(caller.Key, cancellationToken);
        if (used.Clips >= limits.ClipsPerDay)
        {
            throw new RefusedException(Exceeded($"{limits.ClipsPerDay:N0} clips"));
        }

        if (used.Seconds >= limits.SecondsPerDay)
        {
            throw new RefusedException(Exceeded($"clips of {limits.SecondsPerDay:N0} seconds together"));
        }
    }

    /// <summary>Counts some, all of them or none, together with what else is written of them.</summary>
    /// <returns>What the key has used today.</returns>
    /// <exception cref="RefusedException">There is none left today.</exception>
    public async Task<DayUsage> CountAsync(JobsContext context, Caller caller, int clips, CancellationToken cancellationToken)
    {
        if (caller.Limits is not { } limits)
        {
            return default;
        }

        // A day's first row has no limit in it.
        var rows = clips > limits.ClipsPerDay
            ? []
            : await context.Usage.FromSqlRaw(Count, caller.Key, Today, limits.ClipsPerDay, clips).AsNoTracking().ToListAsync(cancellationToken);
        return rows is [{ } row] ? new DayUsage(row.Clips, row.Seconds) : throw new RefusedException(Exceeded($"{limits.ClipsPerDay:N0} clips"));
    }

    /// <summary>Counts what was analysed, together with the outcome.</summary>
    /// <param name="key">Whose clip it was.</param>
    /// <param name="seconds">Of the clip.</param>
    public static Task<int> CountSecondsAsync(JobsContext context, string key, DateTimeOffset now, double seconds, CancellationToken cancellationToken) =>
        context.Database.ExecuteSqlRawAsync(CountSeconds, [key, DayOf(now), seconds], cancellationToken);

    public Task<DayUsage> UsedAsync(string key, CancellationToken cancellationToken)
    {
        var today = Today;
        return database.QueryAsync(
            context => context.Usage.Where(row => row.KeyId == key && row.Day == today).Select(row => new DayUsage(row.Clips, row.Seconds)).FirstOrDefaultAsync(cancellationToken),
            cancellationToken);
    }

    /// <summary>How much of the day is left, in the headers of the answer; and in the metrics, by nobody's name.</summary>
    public void Tell(HttpContext context, Caller caller, DayUsage used)
    {
        if (caller.Limits is { } limits)
        {
            GatewayInstruments.Used(used, limits);
            RateLimitFields.Add(context, "clips", limits.ClipsPerDay, TimeSpan.FromDays(1), Math.Max(0, limits.ClipsPerDay - used.Clips), UntilMidnight);
            RateLimitFields.Add(context, "seconds", limits.SecondsPerDay, TimeSpan.FromDays(1), (int)Math.Max(0, limits.SecondsPerDay - used.Seconds), UntilMidnight);
        }
    }

    public Task<int> ForgetAsync(CancellationToken cancellationToken)
    {
        var before = Today - KeptDays;
        return database.WriteAsync(context => context.Usage.Where(row => row.Day < before).ExecuteDeleteAsync(cancellationToken), cancellationToken);
    }

    private static int DayOf(DateTimeOffset time) => (int)(time - DateTimeOffset.UnixEpoch).TotalDays;

    private Refusal Exceeded(string what) => new(
        StatusCodes.Status429TooManyRequests, "quota-exceeded", $"The key may send {what} a day, from midnight to midnight, UTC.")
    {
        RetryAfter = UntilMidnight,
    };
}
