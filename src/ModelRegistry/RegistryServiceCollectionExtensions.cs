using Emotion.ModelRegistry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

public static class RegistryServiceCollectionExtensions
{
    /// <summary>
    /// <see cref="Registry"/> from section <c>ModelRegistry</c> and the connection string <c>models</c>, checked at start.
    /// </summary>
    public static IServiceCollection AddModelRegistry(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<ModelRegistryOptions>()
            .Bind(configuration.GetSection(ModelRegistryOptions.SectionName))
            .PostConfigure(options => options.ConnectionString = configuration.GetConnectionString("models") ?? options.ConnectionString)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.TryAddSingleton<Registry>();
        services.TryAddSingleton<RegistrySeeder>();
        return services;
    }
}
