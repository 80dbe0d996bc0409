namespace Emotion.Client;

/// <summary>A key that is to be made.</summary>
public sealed record NewKey
{
    /// <summary>For people, to tell keys apart.</summary>
    public required string Name { get; init; }

    public required IReadOnlyList<KeyScope> Scopes { get; init; }

    public required IntendedUse IntendedUse { get; init; }

    /// <summary>Null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Null: the gateway's.</summary>
    public KeyLimits? Limits { get; init; }
}

/// <summary>What a key is let do.</summary>
public enum KeyScope
{
    Analyse,
    Read,
    Models,
    Admin,
}

/// <summary>What the answers to a key are for.</summary>
/// <param name="Area">As <c>research</c>; the gateway's documentation has the list.</param>
/// <param name="Description">What is done with the answers.</param>
/// <param name="Ground">Why it is allowed where it is prohibited otherwise; null where it needs none.</param>
public sealed record IntendedUse(string Area, string Description, UseGround? Ground = null);

/// <summary>A reason for which the prohibition does not hold.</summary>
/// <param name="Kind"><c>medical</c> or <c>safety</c>.</param>
public sealed record UseGround(string Kind, string Reason);

/// <summary>Limits of a key; what is null is as for all keys.</summary>
public sealed record KeyLimits
{
    public int? RequestsPerMinute { get; init; }

    public int? Burst { get; init; }

    public int? ConcurrentAnalyses { get; init; }

    public int? ClipsPerDay { get; init; }

    /// <summary>Of clips that are analysed, together.</summary>
    public int? SecondsPerDay { get; init; }
}

/// <summary>A key with its secret, which is told this once.</summary>
public sealed record MadeKey(string Secret, KeySummary Key);

/// <summary>What is known of a key.</summary>
public sealed record KeySummary
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required IReadOnlyList<KeyScope> Scopes { get; init; }

    /// <summary><c>active</c>, <c>expired</c> or <c>revoked</c>.</summary>
    public required string Status { get; init; }

    public required IntendedUse IntendedUse { get; init; }

    public KeyLimits? Limits { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Null: never.</summary>
    public DateTimeOffset? UsedAt { get; init; }

    /// <summary>How long the secret before the last rotation is good; null where it is not any more.</summary>
    public DateTimeOffset? PreviousUntil { get; init; }
}

/// <summary>A page of them.</summary>
internal sealed record KeyPage(IReadOnlyList<KeySummary> Items, string? Next);
