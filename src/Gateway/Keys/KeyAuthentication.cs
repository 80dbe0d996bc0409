using System.Text.Encodings.Web;
using Emotion.Gateway.Api;
using Emotion.Gateway.Keys.Tokens;
using Emotion.Gateway.Sessions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Emotion.Gateway.Keys;

/// <summary>Lets a request in by its key: <c>Authorization: Bearer emo_...</c>, or <c>X-Api-Key: emo_...</c>; by a token of the identity provider, where there is one; a page by the cookie of its session. Who is not let in hears why as problem+json.</summary>
public sealed class KeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> scheme,
    ILoggerFactory loggers,
    UrlEncoder encoder,
    KeyCheck keys,
    TokenCheck tokens,
    SessionCheck sessions,
    IOptions<KeysOptions> options)
    : AuthenticationHandler<AuthenticationSchemeOptions>(scheme, loggers, encoder)
{
    public new const string Scheme = "Key";

    public const string Header = "X-Api-Key";

    private const string Bearer = "Bearer ";

    private static readonly Refusal NoKey = KeyCheck.Unauthorized(
        "no-key", $"This needs a key, as Authorization: Bearer emo_... or {Header}: emo_... Who runs this gateway makes them.");

    private Refusal? _refusal;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (options.Value.Mode == KeysMode.Off)
        {
            return LetIn(Caller.Anybody);
        }

        try
        {
            var caller = Shown() switch
            {
                null => await sessions.CheckAsync(Request, Context.RequestAborted),
                { } token when tokens.Takes(token) => await tokens.CheckAsync(Context, token),
                { } key => await keys.CheckAsync(key, Context.RequestAborted),
            };
            return caller is null ? AuthenticateResult.NoResult() : LetIn(caller);
        }
        catch (RefusedException refused)
        {
            _refusal = refused.Refusal;
            return AuthenticateResult.Fail(refused.Refusal.Reason);
        }
    }

    /// <summary>RFC 6750: a key that is not good is <c>invalid_token</c>; where none came nothing is said of it.</summary>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var refusal = _refusal ?? NoKey;
        if (refusal.Status == StatusCodes.Status401Unauthorized)
        {
            Response.Headers[HeaderNames.WWWAuthenticate] = _refusal is null ? "Bearer realm=\"emotion\"" : "Bearer realm=\"emotion\", error=\"invalid_token\"";
        }

        return TellAsync(refusal);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        var scope = Context.GetEndpoint()?.Metadata.GetMetadata<RequiredScope>()?.Scope.Word();
        Response.Headers[HeaderNames.WWWAuthenticate] = $"Bearer realm=\"emotion\", error=\"insufficient_scope\", scope=\"{scope}\"";
        return TellAsync(new Refusal(StatusCodes.Status403Forbidden, "missing-scope", $"The key lacks the scope {scope}."));
    }

    /// <summary>Null where there is none. Another Authorization than a bearer's may be for something in front of the gateway.</summary>
    private string? Shown()
    {
        var authorization = Request.Headers.Authorization.ToString();
        return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[Bearer.Length..].Trim()
            : Request.Headers[Header] is { Count: > 0 } key ? key.ToString()
            : null;
    }

    private static AuthenticateResult LetIn(Caller caller) => AuthenticateResult.Success(new AuthenticationTicket(caller.ToPrincipal(), Scheme));

    private Task TellAsync(Refusal refusal)
    {
        Response.StatusCode = refusal.Status;
        return Response.WriteAsJsonAsync(RefusalHandler.Problem(refusal, null), options: null, contentType: "application/problem+json", Context.RequestAborted);
    }
}
