namespace Emotion.Gateway.Sessions;

/// <summary>A page that has signed in. Times are milliseconds of Unix time.</summary>
public sealed class SessionRow
{
    /// <summary>SHA-256 of what the cookie has: who reads the database cannot sign in with it.</summary>
    public required string Hash { get; init; }

    public required string KeyId { get; init; }

    public long CreatedAt { get; init; }

    public long ExpiresAt { get; init; }
}
