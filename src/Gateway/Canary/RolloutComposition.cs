namespace Emotion.Gateway.Canary;

/// <summary>Canary and shadow, for a gateway that has a registry to follow; without one every request gets stable.</summary>
internal static class RolloutComposition
{
    public static void AddRollout(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<CanaryOptions>().BindConfiguration(CanaryOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddOptions<ShadowOptions>().BindConfiguration(ShadowOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<Rollout>();
        builder.Services.AddSingleton<ReleaseRouter>();
        builder.Services.AddSingleton<ShadowRunner>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ShadowRunner>());
        if (string.IsNullOrEmpty(builder.Configuration.GetConnectionString("models")))
        {
            return;
        }

        builder.Services.AddModelRegistry(builder.Configuration);
        builder.Services.AddSingleton<ChannelFollower>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ChannelFollower>());
        builder.Services.AddHealthChecks().AddCheck<ChannelFollower>("rollout");
    }
}
