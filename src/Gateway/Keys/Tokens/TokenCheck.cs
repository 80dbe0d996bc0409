using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Emotion.Gateway.Keys.Tokens;

/// <summary>Whether a bearer's token is one of the provider's for this gateway, and what its holder may do. ASP.NET Core's JwtBearer checks it.</summary>
public sealed class TokenCheck(IOptions<TokenOptions> options, IOptionsMonitor<JwtBearerOptions> bearer, IOptions<LimitOptions> limits)
{
    /// <summary>Of the scheme that checks tokens; <see cref="KeyAuthentication"/> asks it.</summary>
    public const string Scheme = "Jwt";

    private const string Issuer = "iss", Subject = "sub";

    private static readonly Refusal Unreachable = new(
        StatusCodes.Status503ServiceUnavailable, "issuer-unreachable", "The issuer's public keys cannot be had at the moment; keys are let in all the same.")
    {
        RetryAfter = TimeSpan.FromSeconds(10),
    };

    private static readonly Refusal TooLong = KeyCheck.Unauthorized("bad-token", "The token is longer than any that this gateway takes.");

    /// <param name="text">What came as a bearer's.</param>
    /// <returns>Whether it is to be taken for a token and not for a key.</returns>
    public bool Takes(string text) => options.Value.IsOn && !text.StartsWith("emo_", StringComparison.Ordinal) && text.Count(one => one == '.') == 2;

    /// <exception cref="RefusedException">It is not let in.</exception>
    public async Task<Caller> CheckAsync(HttpContext context, string text)
    {
        if (text.Length > options.Value.MaximumLength)
        {
            throw new RefusedException(TooLong);
        }

        var result = await context.AuthenticateAsync(Scheme);
        if (result.Succeeded && Of(result.Principal) is { } caller)
        {
            return caller;
        }

        // Without the authority's keys every token looks bad, and the caller's is not to blame.
        throw new RefusedException(await IsAuthorityThereAsync(context.RequestAborted) ? RefusalOf(result.Failure) : Unreachable);
    }

    // What it said is kept, so it is asked only as long as it never answered.
    private async Task<bool> IsAuthorityThereAsync(CancellationToken cancellationToken)
    {
        try
        {
            return bearer.Get(Scheme).ConfigurationManager is not { } authority || await authority.GetConfigurationAsync(cancellationToken) is not null;
        }
        catch (Exception failure) when (failure is InvalidOperationException or IOException or HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Null where the token does not say whose it is.</summary>
    private Caller? Of(ClaimsPrincipal token)
    {
        if (token.FindFirstValue(Issuer) is not { Length: > 0 } issuer || token.FindFirstValue(Subject) is not { Length: > 0 } subject)
        {
            return null;
        }

        var words = options.Value.ScopeClaims.SelectMany(token.FindAll).SelectMany(claim => claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToHashSet(StringComparer.Ordinal);
        var scopes = KeyScopes.All.Where(scope => words.Contains(options.Value.ScopePrefix + scope.Word())).ToList();
        return new Caller(NameOf(issuer, subject), scopes, limits.Value.For(null), Session: null);
    }

    /// <summary>
    /// Whose things are, in lists, logs and rows: no person's name or address, which a subject may be, and of one length. <c>printf '%s\n%s' ISS SUB | sha256sum</c>
    /// begins with it.
    /// </summary>
    internal static string NameOf(string issuer, string subject) =>
        "jwt_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{issuer}\n{subject}")))[..32];

    // What is told helps whoever set up the provider, and nobody who has no good token: it names no key and no claim's value.
    private static Refusal RefusalOf(Exception? failure) => failure switch
    {
        SecurityTokenExpiredException => KeyCheck.Unauthorized("expired-token", "The token has expired: get another one from its issuer."),
        SecurityTokenNotYetValidException => KeyCheck.Unauthorized("bad-token", "The token is not good yet: a clock is wrong here or at its issuer."),
        SecurityTokenInvalidAudienceException => KeyCheck.Unauthorized("bad-token", "The token was made for another audience than this gateway."),
        SecurityTokenInvalidIssuerException => KeyCheck.Unauthorized("bad-token", "The token is of another issuer than the one that this gateway trusts."),
        SecurityTokenNoExpirationException => KeyCheck.Unauthorized("bad-token", "The token never expires, which this gateway does not take."),
        SecurityTokenMalformedException or ArgumentException => KeyCheck.Unauthorized("bad-token", "This is no JSON web token."),
        SecurityTokenException => KeyCheck.Unauthorized("bad-token", "The token's signature is not one that this gateway trusts."),
        _ => KeyCheck.Unauthorized("bad-token", "This is no token with an issuer and a subject, sent as Authorization: Bearer."),
    };
}
