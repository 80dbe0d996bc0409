using Emotion.Gateway.Jobs;

namespace Emotion.Gateway.Keys;

/// <summary>A key that is to be made.</summary>
public sealed record NewKey
{
    public const int LongestName = 100;

    /// <summary>For people, to tell keys apart: one line of at most 100 characters.</summary>
    public required string Name { get; init; }

    /// <summary>What it is to do; at least one.</summary>
    public required IReadOnlyList<KeyScope> Scopes { get; init; }

    /// <summary>What its answers are for.</summary>
    public required IntendedUse IntendedUse { get; init; }

    /// <summary>When it ends by itself, in UTC; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Null where the gateway's hold.</summary>
    public KeyLimits? Limits { get; init; }

    /// <exception cref="RefusedException">There can be no such key.</exception>
    public void Require(DateTimeOffset now)
    {
        if (string.IsNullOrWhiteSpace(Name) || Name.Length > LongestName || Name.Any(char.IsControl))
        {
            throw BadRequest($"name must be one line of 1 to {LongestName} characters.");
        }

        if (Scopes is not { Count: > 0 } || Scopes.Count > KeyScopes.All.Count)
        {
            throw BadRequest($"scopes must be some of {string.Join(", ", KeyScopes.All.Select(scope => scope.Word()))}, each once.");
        }

        if (ExpiresAt <= now)
        {
            throw BadRequest("expiresAt must lie ahead.");
        }

        (IntendedUse ?? throw BadRequest("intendedUse must be there.")).Require();
        Limits?.Require();
    }

    private static RefusedException BadRequest(string detail) => new(new Refusal(StatusCodes.Status400BadRequest, "bad-request", detail));
}

/// <summary>How a key is to be given another secret.</summary>
public sealed record KeyRotation
{
    /// <summary>How long the secret that it has now is still good, up to 30 days (2,592,000); null: as the gateway is set, 24 hours unless it says otherwise.</summary>
    public int? GraceSeconds { get; init; }
}

/// <summary>A key with its secret, which is told this once.</summary>
/// <param name="Secret">All of the key, as it is sent. The gateway keeps a hash of it and nothing else.</param>
/// <param name="Key">What is known of it.</param>
public sealed record MadeKey(string Secret, KeySummary Key);

/// <summary>One page of the keys.</summary>
/// <param name="Items">The newest first.</param>
/// <param name="Next">What to give as after for the next page; null on the last one.</param>
public sealed record KeyList(IReadOnlyList<KeySummary> Items, string? Next);

/// <summary>What is known of a key; not its secret.</summary>
public sealed record KeySummary
{
    /// <summary>Its name for programs; the owner of what it sends.</summary>
    public required string Id { get; init; }

    /// <summary>Its name for people.</summary>
    public required string Name { get; init; }

    /// <summary>What it may do.</summary>
    public required IReadOnlyList<KeyScope> Scopes { get; init; }

    /// <summary>Whether it is good.</summary>
    public required KeyStatus Status { get; init; }

    /// <summary>What its answers are for.</summary>
    public required IntendedUse IntendedUse { get; init; }

    /// <summary>Its own limits; null where the gateway's hold.</summary>
    public KeyLimits? Limits { get; init; }

    /// <summary>When it was made, in UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Id of the key that made it; null where the gateway itself did.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>When it ends by itself; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was used last, to the minute or so; null: never.</summary>
    public DateTimeOffset? UsedAt { get; init; }

    /// <summary>When it got another secret; null: never.</summary>
    public DateTimeOffset? RotatedAt { get; init; }

    /// <summary>How long the secret before that is good; null where it is not any more.</summary>
    public DateTimeOffset? PreviousUntil { get; init; }

    /// <summary>When it was revoked; null: it was not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    internal static KeySummary Of(KeyRow row, DateTimeOffset now) => new()
    {
        Id = row.Id,
        Name = row.Name,
        Scopes = KeyScopes.Read(row.Scopes),
        Status = row.RevokedAt is not null ? KeyStatus.Revoked : row.ExpiresAt <= now.ToUnixTimeMilliseconds() ? KeyStatus.Expired : KeyStatus.Active,
        IntendedUse = JobJson.Read<IntendedUse>(row.IntendedUse),
        Limits = row.Limits is { } limits ? JobJson.Read<KeyLimits>(limits) : null,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt),
        CreatedBy = row.CreatedBy.Length > 0 ? row.CreatedBy : null,
        ExpiresAt = TimeOf(row.ExpiresAt),
        UsedAt = TimeOf(row.UsedAt),
        RotatedAt = TimeOf(row.RotatedAt),
        PreviousUntil = row.PreviousUntil > now.ToUnixTimeMilliseconds() ? TimeOf(row.PreviousUntil) : null,
        RevokedAt = TimeOf(row.RevokedAt),
    };

    private static DateTimeOffset? TimeOf(long? milliseconds) => milliseconds is { } some ? DateTimeOffset.FromUnixTimeMilliseconds(some) : null;
}

/// <summary>Whether a key is good.</summary>
public enum KeyStatus
{
    Active,
    Expired,
    Revoked,
}
