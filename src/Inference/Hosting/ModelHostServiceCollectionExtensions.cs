using Emotion.Inference.Hosting;
using Emotion.Inference.Sessions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

public static class ModelHostServiceCollectionExtensions
{
    /// <summary>
    /// A <see cref="ModelHost{TModel}"/> that starts with the service, its readiness check <c>models</c>, and the registry it follows.
    /// Sections <c>Inference</c>, <c>Inference:Batching</c>, <c>ModelHost</c> and <c>ModelRegistry</c>, checked at start.
    /// </summary>
    public static IServiceCollection AddModelHost<TModel>(this IServiceCollection services, IConfiguration configuration)
        where TModel : class, IServableModel<TModel>
    {
        services.AddModelRegistry(configuration);
        services.AddInferenceRuntime(configuration);
        services.AddOptions<ModelHostOptions>()
            .Bind(configuration.GetSection(ModelHostOptions.SectionName)).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<ModelHost<TModel>>();
        services.AddHostedService(provider => provider.GetRequiredService<ModelHost<TModel>>());
        services.AddHealthChecks().AddCheck<ModelHealthCheck<TModel>>("models");
        return services;
    }

    /// <summary><see cref="ModelRuntime"/> alone: for whoever runs packages without a registry, such as evaluation.</summary>
    public static IServiceCollection AddInferenceRuntime(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<InferenceOptions>()
            .Bind(configuration.GetSection(InferenceOptions.SectionName)).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<BatchOptions>()
            .Bind(configuration.GetSection(BatchOptions.SectionName)).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<GraphSessionFactory>();
        services.TryAddSingleton(provider => new ModelRuntime(
            provider.GetRequiredService<GraphSessionFactory>(),
            provider.GetRequiredService<IOptions<BatchOptions>>().Value,
            new Turnstile(
                provider.GetRequiredService<IOptions<InferenceOptions>>().Value.FrontEndsAtOnce,
                provider.GetRequiredService<IOptions<BatchOptions>>().Value.QueueLength),
            provider.GetRequiredService<TimeProvider>()));
        return services;
    }
}
