using System.Security.Claims;
using Emotion.Gateway.Sessions;

namespace Emotion.Gateway.Keys;

/// <summary>Who asks.</summary>
/// <param name="Key">Id of the key, which owns what it sends; empty where keys are off.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="Limits">Null where nobody counts.</param>
/// <param name="Session">Of the page, where it signed in with the key; null where the key itself came.</param>
public sealed record Caller(string Key, IReadOnlyList<KeyScope> Scopes, EffectiveLimits? Limits, SessionId? Session)
{
    /// <summary>Whoever reaches a gateway whose keys are off.</summary>
    public static readonly Caller Anybody = new("", KeyScopes.All, null, null);

    /// <summary>Analyses of all keys, and not of its own alone.</summary>
    public bool SeesAll => Has(KeyScope.Admin);

    /// <summary>Whose analyses it may see; null: everybody's.</summary>
    public string? OnlyOf => SeesAll ? null : Key;

    public bool Has(KeyScope scope) => Scopes.Contains(scope);

    public ClaimsPrincipal ToPrincipal() => new(new Identity(this));

    /// <summary>Null where nobody has said who it is.</summary>
    public static Caller? TryOf(ClaimsPrincipal user) => (user.Identity as Identity)?.Caller;

    /// <summary>Of a request that was let in.</summary>
    public static Caller Of(ClaimsPrincipal user) => TryOf(user) ?? throw new InvalidOperationException("This endpoint asks for no key.");

    private sealed class Identity(Caller caller) : ClaimsIdentity(KeyAuthentication.Scheme)
    {
        public Caller Caller { get; } = caller;
    }
}
