using System.Collections.Concurrent;
using Emotion.Gateway.Keys;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Limits;

/// <summary>A bucket for each key that has asked lately, on this gateway: of several, each lets through as many.</summary>
public sealed class RequestRates(IOptions<LimitOptions> options, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, TokenBucket> _buckets = new(StringComparer.Ordinal);
    private readonly Lock _sweeping = new();

    /// <summary>Kept in memory just now.</summary>
    public int Buckets => _buckets.Count;

    public Taken Take(string key, EffectiveLimits limits)
    {
        var taken = _buckets.GetOrAdd(key, _ => new TokenBucket(clock)).Take(limits.RequestsPerMinute, limits.Burst);
        if (_buckets.Count > options.Value.MaximumBuckets && _sweeping.TryEnter())
        {
            try
            {
                Sweep();
            }
            finally
            {
                _sweeping.Exit();
            }
        }

        return taken;
    }

    /// <summary>The half that asked least lately; most of their buckets are full by now, and a new one is full, too.</summary>
    private void Sweep()
    {
        foreach (var old in _buckets.OrderBy(bucket => bucket.Value.LastUsed).Take(_buckets.Count / 2).ToList())
        {
            _buckets.TryRemove(old);
        }
    }
}
