using System.ComponentModel.DataAnnotations;

namespace Emotion.Gateway.Keys;

/// <summary>Limits of one key; what is null is as for all keys.</summary>
public sealed record KeyLimits
{
    /// <summary>Requests in a minute, in the long run.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Requests at once, after a pause.</summary>
    public int? Burst { get; init; }

    /// <summary>Analyses that upload, wait or run at the same time.</summary>
    public int? ConcurrentAnalyses { get; init; }

    /// <summary>Clips from midnight to midnight, UTC.</summary>
    public int? ClipsPerDay { get; init; }

    /// <summary>Of clips that were analysed, from midnight to midnight, UTC; what is under way when they are reached goes on.</summary>
    public int? SecondsPerDay { get; init; }

    /// <exception cref="RefusedException">One of them is no limit.</exception>
    public void Require()
    {
        if (new[] { RequestsPerMinute, Burst, ConcurrentAnalyses, ClipsPerDay, SecondsPerDay }.Any(limit => limit is < 1 or > LimitOptions.Highest))
        {
            throw new RefusedException(new Refusal(
                StatusCodes.Status400BadRequest, "bad-request", $"Each limit must be from 1 to {LimitOptions.Highest:N0}, or null for what holds for all keys."));
        }
    }
}

/// <summary>Section <c>Gateway:Keys:Limits</c>: what holds for a key that has no limits of its own.</summary>
public sealed class LimitOptions
{
    public const string Section = KeysOptions.Section + ":Limits";

    public const int Highest = 10_000_000;

    [Range(1, Highest)]
    public int RequestsPerMinute { get; set; } = 600;

    [Range(1, Highest)]
    public int Burst { get; set; } = 120;

    [Range(1, Highest)]
    public int ConcurrentAnalyses { get; set; } = 8;

    [Range(1, Highest)]
    public int ClipsPerDay { get; set; } = 5_000;

    /// <summary>100 hours.</summary>
    [Range(1, Highest)]
    public int SecondsPerDay { get; set; } = 360_000;

    /// <summary>Keys whose latest requests are counted in memory; where it are more, those that asked least lately begin anew.</summary>
    [Range(1, 10_000_000)]
    public int MaximumBuckets { get; set; } = 10_000;

    internal EffectiveLimits For(KeyLimits? own) => new(
        own?.RequestsPerMinute ?? RequestsPerMinute, own?.Burst ?? Burst, own?.ConcurrentAnalyses ?? ConcurrentAnalyses, own?.ClipsPerDay ?? ClipsPerDay,
        own?.SecondsPerDay ?? SecondsPerDay);
}

/// <summary>What holds for a key.</summary>
public sealed record EffectiveLimits(int RequestsPerMinute, int Burst, int ConcurrentAnalyses, int ClipsPerDay, int SecondsPerDay);
