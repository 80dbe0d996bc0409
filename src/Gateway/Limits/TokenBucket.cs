namespace Emotion.Gateway.Limits;

/// <summary>How a request fared with a bucket.</summary>
/// <param name="Remaining">Requests that may follow at once.</param>
/// <param name="Full">Until the bucket is full again if nothing comes.</param>
/// <param name="RetryAfter">Until the next one may come; zero where this one was let through.</param>
public readonly record struct Taken(bool IsTaken, int Remaining, TimeSpan Full, TimeSpan RetryAfter);

/// <summary>
/// Fills steadily up to its burst; each request takes one out. Not System.Threading.RateLimiting's, which goes by the system's clock alone and
/// does not tell when it is full: docs/decisions/keys.md. Thread-safe.
/// </summary>
public sealed class TokenBucket(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private double? _tokens;
    private long _at;

    /// <summary>On the clock that measures.</summary>
    public long LastUsed => Volatile.Read(ref _at);

    /// <param name="perMinute">May be another one than the last time: a key's limits can be changed.</param>
    public Taken Take(int perMinute, int burst)
    {
        var perSecond = perMinute / 60.0;
        lock (_lock)
        {
            var now = clock.GetTimestamp();
            var tokens = Math.Min(burst, (_tokens ?? burst) + (_tokens is null ? 0 : clock.GetElapsedTime(_at, now).TotalSeconds * perSecond));
            Volatile.Write(ref _at, now);
            var isTaken = tokens >= 1;
            _tokens = isTaken ? tokens - 1 : tokens;
            return new Taken(
                isTaken,
                (int)_tokens,
                TimeSpan.FromSeconds((burst - _tokens.Value) / perSecond),
                isTaken ? TimeSpan.Zero : TimeSpan.FromSeconds((1 - _tokens.Value) / perSecond));
        }
    }
}
