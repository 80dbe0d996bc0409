using Emotion.Gateway.Jobs;
using Emotion.Gateway.Sessions;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Keys;

/// <summary>Whether what a caller shows is a key, and what it may do. Why it is refused is told only to who has its secret.</summary>
public sealed class KeyCheck(KeyStore store, IOptions<LimitOptions> limits, TimeProvider clock)
{
    private static readonly Refusal BadKey = Unauthorized("bad-key", "This is no key of this gateway, or its secret was rotated away.");

    private static readonly Refusal RevokedKey = Unauthorized("revoked-key", "The key was revoked.");

    private static readonly Refusal ExpiredKey = Unauthorized("expired-key", "The key has expired.");

    /// <exception cref="RefusedException">It is not let in.</exception>
    public async Task<Caller> CheckAsync(string text, CancellationToken cancellationToken)
    {
        if (!ApiKey.TryParse(text, out var key) || await store.FindAsync(key.Id, cancellationToken) is not { } row || !IsOf(key, row))
        {
            throw new RefusedException(BadKey);
        }

        return await CheckAsync(row, session: null, cancellationToken);
    }

    /// <param name="row">One whose holder has shown before that it is his.</param>
    /// <exception cref="RefusedException">It is not let in any more.</exception>
    public async Task<Caller> CheckAsync(KeyRow row, SessionId? session, CancellationToken cancellationToken)
    {
        if (row.RevokedAt is not null)
        {
            throw new RefusedException(RevokedKey);
        }

        if (row.ExpiresAt <= Now)
        {
            throw new RefusedException(ExpiredKey);
        }

        await store.UsedAsync(row, cancellationToken);
        var own = row.Limits is { } json ? JobJson.Read<KeyLimits>(json) : null;
        return new Caller(row.Id, KeyScopes.Read(row.Scopes), limits.Value.For(own), session);
    }

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    internal static Refusal Unauthorized(string reason, string detail) => new(StatusCodes.Status401Unauthorized, reason, detail);

    private bool IsOf(ApiKey key, KeyRow row) => key.Has(row.Hash) || (row.PreviousUntil > Now && key.Has(row.PreviousHash));
}
