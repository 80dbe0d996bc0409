using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Promotion;
using Emotion.ModelRegistry.Upkeep;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

public static class RegistryServiceCollectionExtensions
{
    /// <summary>
    /// <see cref="Registry"/> from section <c>ModelRegistry</c> and the connection string <c>models</c>, and what works on it, with
    /// section <c>Models</c>; checked at start.
    /// </summary>
    public static IServiceCollection AddModelRegistry(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<ModelRegistryOptions>()
            .Bind(configuration.GetSection(ModelRegistryOptions.SectionName))
            .PostConfigure(options => options.ConnectionString = configuration.GetConnectionString("models") ?? options.ConnectionString)
            .ValidateDataAnnotations()
            // The binder takes a value where a list belongs for an empty list, and signatures would be off without a word.
            .Validate(
                _ => string.IsNullOrEmpty(configuration.GetSection(ModelRegistryOptions.SectionName)[nameof(ModelRegistryOptions.TrustedKeys)]),
                "ModelRegistry:TrustedKeys is a single value, and a list is expected: set ModelRegistry__TrustedKeys__0, and __1 for the next key.")
            .ValidateOnStart();
        services.AddOptions<ModelPolicyOptions>()
            .Bind(configuration.GetSection(ModelPolicyOptions.SectionName))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.TryAddSingleton<Registry>();
        services.TryAddSingleton<ReleasePublisher>();
        services.TryAddSingleton<ReleasePromoter>();
        services.TryAddSingleton<RegistrySeeder>();
        services.TryAddSingleton<RegistryVerifier>();
        services.TryAddSingleton<RegistryPruner>();
        services.TryAddSingleton<RegistrySigner>();
        return services;
    }
}
