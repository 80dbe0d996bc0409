using System.Security.Claims;
using Emotion.Gateway.Audit;
using Emotion.Gateway.Keys;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Sessions;

/// <summary>Whether somebody has signed in.</summary>
/// <param name="KeysRequired">False: the gateway asks for no keys, and there is nothing to sign in to.</param>
/// <param name="Key">With which somebody has signed in; null: nobody has.</param>
/// <param name="CsrfToken">What requests that change something must bring as X-CSRF-Token; null without a session.</param>
/// <param name="ExpiresAt">When the session ends, in UTC; null without one.</param>
public sealed record SessionState(bool KeysRequired, SessionKey? Key, string? CsrfToken, DateTimeOffset? ExpiresAt);

/// <summary>The key of a session.</summary>
/// <param name="Id">Its name for programs.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Scopes">What it may do.</param>
public sealed record SessionKey(string Id, string Name, IReadOnlyList<KeyScope> Scopes);

/// <summary>The page signs in once: GET, POST and DELETE /v1/session.</summary>
public static class SessionApi
{
    public static void MapSessionApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/session").WithTags("Session").ProducesProblem(StatusCodes.Status500InternalServerError);

        group.MapGet("/", GetAsync)
            .WithName("GetSession")
            .AllowAnonymous();

        group.MapPost("/", BeginAsync)
            .WithName("BeginSession")
            .Audited("session.begin")
            .RequireScope(KeyScope.Read)
            .ProducesProblem(StatusCodes.Status409Conflict);

        group.MapDelete("/", EndAsync)
            .WithName("EndSession")
            .Audited("session.end")
            .RequireScope(KeyScope.Read);
    }

    /// <summary>Whether the browser that asks has signed in.</summary>
    public static async Task<Ok<SessionState>> GetAsync(HttpContext context, SessionStore store, IOptions<KeysOptions> keys, CancellationToken cancellationToken)
    {
        context.Response.Headers.CacheControl = "no-store";
        var required = keys.Value.Mode == KeysMode.Required;
        return TypedResults.Ok(Caller.TryOf(context.User)?.Session is { } id && await store.FindAsync(id, cancellationToken) is { } found
            ? State(found.Key, id, DateTimeOffset.FromUnixTimeMilliseconds(found.Session.ExpiresAt))
            : new SessionState(required, null, null, null));
    }

    /// <summary>Signs a browser in with the key that comes as Authorization: Bearer; from then on its cookie stands for the key.</summary>
    /// <remarks>The cookie is out of reach of scripts, and not sent on behalf of other sites. Programs have no need of this.</remarks>
    public static async Task<Ok<SessionState>> BeginAsync(
        HttpContext context, ClaimsPrincipal user, SessionStore store, KeyStore keys, IOptions<PageSessionOptions> options, CancellationToken cancellationToken)
    {
        if (await keys.FindAsync(Caller.Of(user).Key, cancellationToken) is not { } key)
        {
            throw new RefusedException(Caller.Of(user).Key.Length == 0
                ? new Refusal(StatusCodes.Status409Conflict, "keys-off", "This gateway asks for no keys: there is nothing to sign in to.")
                : new Refusal(StatusCodes.Status409Conflict, "no-key", "The page signs in with a key, and not with a token of the identity provider: whoever runs this gateway makes keys."));
        }

        if (SessionId.Of(context.Request) is { } before)
        {
            await store.EndAsync(before, cancellationToken);
        }

        var (id, expires) = await store.BeginAsync(key.Id, cancellationToken);
        context.Response.Cookies.Append(SessionId.Cookie, id.Text, Cookie(context.Request, options.Value, options.Value.Lifetime));
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(State(key, id, expires));
    }

    /// <summary>Signs the browser out.</summary>
    public static async Task<NoContent> EndAsync(
        HttpContext context, ClaimsPrincipal user, SessionStore store, IOptions<PageSessionOptions> options, CancellationToken cancellationToken)
    {
        if (Caller.Of(user).Session is { } id)
        {
            await store.EndAsync(id, cancellationToken);
        }

        context.Response.Cookies.Delete(SessionId.Cookie, Cookie(context.Request, options.Value, TimeSpan.Zero));
        return TypedResults.NoContent();
    }

    private static SessionState State(KeyRow key, SessionId id, DateTimeOffset expires) =>
        new(KeysRequired: true, new SessionKey(key.Id, key.Name, KeyScopes.Read(key.Scopes)), id.CsrfToken, expires);

    private static CookieOptions Cookie(HttpRequest request, PageSessionOptions options, TimeSpan lifetime) => new()
    {
        HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = request.IsHttps || options.BehindTls, Path = "/", MaxAge = lifetime, IsEssential = true,
    };
}
