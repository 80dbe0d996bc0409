using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Kubernetes.Resources;

namespace Aspire.Hosting.Kubernetes;

/// <summary>What a resource becomes in a cluster, while it can still be changed.</summary>
public class KubernetesResource(string name, IResource resource, KubernetesEnvironmentResource kubernetesEnvironmentResource)
    : Resource(name), IResourceWithParent<KubernetesEnvironmentResource>
{
    /// <summary>The environment.</summary>
    public KubernetesEnvironmentResource Parent => kubernetesEnvironmentResource;

    /// <summary>What runs its pods; nothing, where <see cref="AdditionalResources" /> has something else for that.</summary>
    public Workload? Workload { get; set; }

    /// <summary>Its variables that are no secrets.</summary>
    public ConfigMap? ConfigMap { get; set; }

    /// <summary>Where others find it.</summary>
    public Service? Service { get; set; }

    /// <summary>Whatever else it needs.</summary>
    public List<BaseKubernetesResource> AdditionalResources { get; } = [];

    internal IResource TargetResource => resource;

    internal IEnumerable<BaseKubernetesResource> All =>
        new BaseKubernetesResource?[] { Workload, ConfigMap, Service }.OfType<BaseKubernetesResource>().Concat(AdditionalResources);
}

/// <summary>Changes what a resource becomes in a cluster.</summary>
public sealed class KubernetesServiceCustomizationAnnotation(Action<KubernetesResource> configure) : IResourceAnnotation
{
    /// <summary>Called when everything else is known.</summary>
    public Action<KubernetesResource> Configure { get; } = configure;
}
