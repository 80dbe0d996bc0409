namespace Emotion.Gateway.Keys;

/// <summary>A key as the database keeps it: all but its secret. Times are milliseconds of Unix time.</summary>
public sealed class KeyRow
{
    /// <summary>In the order of making.</summary>
    public long Number { get; set; }

    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary><see cref="KeyScopes"/>.</summary>
    public required string Scopes { get; init; }

    /// <summary>Of the whole key.</summary>
    public required string Hash { get; set; }

    /// <summary>Of the key before its last rotation, which is still good for a while.</summary>
    public string? PreviousHash { get; set; }

    public long? PreviousUntil { get; set; }

    /// <summary>Of the secret that was last taken from the configuration; null where the key is not from there. It may have been rotated since.</summary>
    public string? ConfiguredHash { get; set; }

    /// <summary><see cref="Keys.IntendedUse"/> as JSON.</summary>
    public required string IntendedUse { get; init; }

    /// <summary><see cref="KeyLimits"/> as JSON; null where the gateway's hold.</summary>
    public string? Limits { get; init; }

    public long CreatedAt { get; init; }

    /// <summary>Id of the key that made it; empty where the gateway did.</summary>
    public string CreatedBy { get; init; } = "";

    public long? ExpiresAt { get; init; }

    /// <summary>To the minute.</summary>
    public long? UsedAt { get; set; }

    public long? RotatedAt { get; set; }

    public long? RevokedAt { get; set; }
}
