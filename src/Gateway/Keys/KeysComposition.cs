using Emotion.Gateway.Audit;
using Emotion.Gateway.Keys.Tokens;
using Emotion.Gateway.Limits;
using Emotion.Gateway.Sessions;
using Microsoft.AspNetCore.Authentication;

namespace Emotion.Gateway.Keys;

/// <summary>Who is let in, and to what.</summary>
public static class KeysComposition
{
    internal static void AddKeys(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<KeysOptions>().BindConfiguration(KeysOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddOptions<LimitOptions>().BindConfiguration(LimitOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddOptions<AuditOptions>().BindConfiguration(AuditOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddOptions<PageSessionOptions>().BindConfiguration(PageSessionOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<SessionStore>();
        builder.Services.AddSingleton<SessionCheck>();
        builder.Services.AddSingleton<AuditLog>();
        builder.Services.AddSingleton<RequestRates>();
        builder.Services.AddSingleton<ClipQuota>();
        builder.Services.AddSingleton<KeyStore>();
        builder.Services.AddSingleton<KeyMaker>();
        builder.Services.AddSingleton<KeyCheck>();
        builder.Services.AddSingleton<FirstKeys>();
        builder.Services.AddHostedService<KeysHost>();
        builder.Services.AddAuthentication(KeyAuthentication.Scheme)
            .AddScheme<AuthenticationSchemeOptions, KeyAuthentication>(KeyAuthentication.Scheme, configureOptions: null)
            .AddTokens(builder);
        builder.Services.AddAuthorization();
        builder.Logging.AddFilter(typeof(KeyAuthentication).FullName, LogLevel.Warning); // Two lines for each request without a key otherwise.
    }

    /// <summary>Finds out who asks, and lets in who may. What is refused is told by the exception handler, which comes before.</summary>
    public static void UseKeys(this IApplicationBuilder app)
    {
        app.UseAuthentication();
        app.UseMiddleware<RequestRateMiddleware>();
        app.UseAuthorization();
    }
}
