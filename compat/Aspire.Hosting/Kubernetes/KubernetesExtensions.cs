using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Kubernetes;

namespace Aspire.Hosting;

/// <summary>Publishes for clusters.</summary>
public static class KubernetesEnvironmentExtensions
{
    /// <summary>Adds a cluster; every project and container is published for it.</summary>
    public static IResourceBuilder<KubernetesEnvironmentResource> AddKubernetesEnvironment(
        this IDistributedApplicationBuilder builder, string name) =>
        builder.ExecutionContext.IsPublishMode
            ? builder.AddResource(new KubernetesEnvironmentResource(name))
            : builder.CreateResourceBuilder(new KubernetesEnvironmentResource(name));

    /// <summary>Changes the environment's defaults.</summary>
    public static IResourceBuilder<KubernetesEnvironmentResource> WithProperties(
        this IResourceBuilder<KubernetesEnvironmentResource> builder, Action<KubernetesEnvironmentResource> configure)
    {
        configure(builder.Resource);
        return builder;
    }
}

/// <summary>Says how a resource is published for clusters.</summary>
public static class KubernetesServiceExtensions
{
    /// <summary>Changes what the resource becomes in a cluster.</summary>
    public static IResourceBuilder<T> PublishAsKubernetesService<T>(this IResourceBuilder<T> builder, Action<KubernetesResource> configure)
        where T : IComputeResource =>
        builder.ApplicationBuilder.ExecutionContext.IsPublishMode
            ? builder.WithAnnotation(new KubernetesServiceCustomizationAnnotation(configure))
            : builder;
}
