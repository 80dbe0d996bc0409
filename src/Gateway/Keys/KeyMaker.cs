using Emotion.Gateway.Jobs;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Keys;

/// <summary>Makes keys and gives them other secrets. A secret is in what is returned, and nowhere else.</summary>
public sealed class KeyMaker(KeyStore store, IOptions<KeysOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan LongestGrace = TimeSpan.FromDays(30);

    /// <param name="by">Id of the key that makes it; empty: the gateway.</param>
    /// <exception cref="RefusedException">There can be no such key.</exception>
    public async Task<MadeKey> MakeAsync(NewKey wanted, string by, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        wanted.Require(now);
        var key = ApiKey.Create();
        var row = Row(key.Id, key.Hash, wanted, by, now);
        await store.AddAsync(row, cancellationToken);
        return new MadeKey(key.Text, KeySummary.Of(row, now));
    }

    /// <exception cref="RefusedException">There is no such key that is good, or the grace is too long.</exception>
    public async Task<MadeKey> RotateAsync(string id, int? graceSeconds, CancellationToken cancellationToken)
    {
        if (graceSeconds is < 0 || graceSeconds > LongestGrace.TotalSeconds)
        {
            throw new RefusedException(new Refusal(
                StatusCodes.Status400BadRequest, "bad-request", $"graceSeconds must be from 0 to {LongestGrace.TotalSeconds:N0}."));
        }

        var key = ApiKey.CreateFor(id);
        var grace = graceSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.Value.RotationGrace;
        var rotated = await store.RotateAsync(id, key.Hash, grace, cancellationToken);
        var row = await store.FindAsync(id, cancellationToken) ?? throw new RefusedException(UnknownKey);
        return rotated
            ? new MadeKey(key.Text, KeySummary.Of(row, clock.GetUtcNow()))
            : throw new RefusedException(new Refusal(StatusCodes.Status409Conflict, "key-ended", "The key was revoked or has expired. Make another one."));
    }

    internal static Refusal UnknownKey { get; } = new(StatusCodes.Status404NotFound, "unknown-key", "There is no such key.");

    internal static KeyRow Row(string id, string hash, NewKey wanted, string by, DateTimeOffset now) => new()
    {
        Id = id,
        Name = wanted.Name,
        Scopes = KeyScopes.Write(wanted.Scopes),
        Hash = hash,
        IntendedUse = JobJson.Write(wanted.IntendedUse),
        Limits = wanted.Limits is { } limits ? JobJson.Write(limits) : null,
        CreatedAt = now.ToUnixTimeMilliseconds(),
        CreatedBy = by,
        ExpiresAt = wanted.ExpiresAt?.ToUnixTimeMilliseconds(),
    };
}
