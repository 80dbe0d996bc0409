using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Emotion.Gateway.Keys.Tokens;

internal static class TokenComposition
{
    public static AuthenticationBuilder AddTokens(this AuthenticationBuilder authentication, IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<TokenOptions>().BindConfiguration(TokenOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<TokenKeysFile>();
        builder.Services.AddSingleton<TokenCheck>();
        builder.Services.AddOptions<JwtBearerOptions>(TokenCheck.Scheme).Configure<IOptions<TokenOptions>, TokenKeysFile, TimeProvider>((bearer, tokens, keys, clock) =>
        {
            var options = tokens.Value;
            bearer.MapInboundClaims = false;
            bearer.SaveToken = false;
            bearer.TimeProvider = clock;
            bearer.RequireHttpsMetadata = options.RequireHttps;
            bearer.BackchannelTimeout = options.AuthorityTimeout;
            if (options.Authority.Length > 0)
            {
                bearer.Authority = options.Authority;
            }

            var check = bearer.TokenValidationParameters;
            check.ValidAudience = options.Audience;
            check.ValidIssuer = options.Issuer.Length > 0 ? options.Issuer : null;
            check.ValidAlgorithms = options.Algorithms;
            check.ClockSkew = options.ClockSkew;
            check.RequireSignedTokens = true;
            check.LifetimeValidator = (notBefore, expires, _, _) => Lives(notBefore, expires, clock.GetUtcNow().UtcDateTime, options.ClockSkew);
            if (options.KeysFile.Length > 0)
            {
                check.IssuerSigningKeyResolver = (_, _, kid, _) => keys.Keys.Where(key => string.IsNullOrEmpty(kid) || key.KeyId == kid);
            }
        });
        builder.Logging.AddFilter("Microsoft.AspNetCore.Authentication.JwtBearer", LogLevel.Warning); // A line for each request otherwise, and what it says of a token is the caller's to hear.
        return authentication.AddJwtBearer(TokenCheck.Scheme, configureOptions: _ => { });
    }

    // The library's own goes by the system's clock, which no test can move.
    private static bool Lives(DateTime? notBefore, DateTime? expires, DateTime now, TimeSpan skew) => (notBefore, expires) switch
    {
        (_, null) => throw new SecurityTokenNoExpirationException("It has no exp."),
        (_, { } end) when end + skew <= now => throw new SecurityTokenExpiredException("It has expired."),
        ({ } begin, _) when begin - skew > now => throw new SecurityTokenNotYetValidException("It is not good yet."),
        _ => true,
    };
}
