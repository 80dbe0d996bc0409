using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Kubernetes.Resources;
using Aspire.Hosting.Publishing;

namespace Aspire.Hosting.Kubernetes;

/// <summary>
/// A cluster. Published as plain manifests with a <c>kustomization.yaml</c>, where the published package writes a Helm chart: a folder
/// for each resource, a file for each object.
/// </summary>
public sealed class KubernetesEnvironmentResource(string name) : Resource(name), IPublishedEnvironment
{
    private const string Component = "app.kubernetes.io/component", Instance = "app.kubernetes.io/instance";

    /// <summary>The key of a secret that has one value; its name is that of the parameter or connection string.</summary>
    internal const string SecretKey = "value";

    /// <summary>What images of pods are looked up by.</summary>
    public string DefaultImagePullPolicy { get; set; } = "IfNotPresent";

    async Task IPublishedEnvironment.WriteAsync(
        string folder, IReadOnlyList<PublishedResource> resources, CancellationToken cancellationToken)
    {
        var files = new List<string>();
        foreach (var published in resources)
        {
            var deployed = await DescribeAsync(published, cancellationToken);
            foreach (var annotation in published.Resource.Annotations.OfType<KubernetesServiceCustomizationAnnotation>())
                annotation.Configure(deployed);
            foreach (var each in deployed.All)
            {
                foreach (var (key, value) in Labels(published.Name))
                    each.Metadata.Labels.TryAdd(key, value);
                var file = $"{published.Name}/{FileOf(published.Name, each)}.yaml";
                await WriteAsync(folder, file, each, cancellationToken);
                files.Add(file);
            }
        }

        await WriteAsync(
            folder, "kustomization.yaml",
            new { apiVersion = "kustomize.config.k8s.io/v1beta1", kind = "Kustomization", resources = files }, cancellationToken);
    }

    private static async Task WriteAsync(string folder, string file, object graph, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, YamlFile.KubernetesText(graph), cancellationToken);
    }

    private static string ServiceOf(string resource) => $"{resource.ToLowerInvariant()}-service";

    /// <summary><c>video-deployment</c> of <c>video</c> is <c>deployment</c>.</summary>
    private static string FileOf(string resource, BaseKubernetesResource each) =>
        each.Metadata.Name.StartsWith($"{resource}-", StringComparison.Ordinal) ? each.Metadata.Name[(resource.Length + 1)..] : each.Metadata.Name;

    private Dictionary<string, string> Labels(string resource) => new() { [Component] = resource, [Instance] = Name };

    private async Task<KubernetesResource> DescribeAsync(PublishedResource published, CancellationToken cancellationToken)
    {
        var container = new ContainerV1 { Name = published.Name, Image = published.Image, ImagePullPolicy = DefaultImagePullPolicy };
        var values = new PublishedValues(resource => ServiceOf(resource.Name));
        var config = new ConfigMap { Metadata = { Name = $"{published.Name}-config" } };
        foreach (var (variable, value) in published.Environment.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (await values.TextAsync(value, cancellationToken) is { } text)
                config.Data[variable] = text;
            else
                container.Env.Add(SecretVariable(variable, PublishedValues.SecretOf(value)!.Name));
        }

        if (config.Data.Count > 0)
            container.EnvFrom.Add(new EnvFromSourceV1 { ConfigMapRef = new ConfigMapEnvSourceV1 { Name = config.Metadata.Name } });
        foreach (var argument in published.Arguments)
        {
            container.Args.Add(await values.TextAsync(argument, cancellationToken)
                ?? throw new DistributedApplicationException($"An argument of '{published.Name}' is a secret: use a variable."));
        }

        var labels = Labels(published.Name);
        var service = new Service { Metadata = { Name = ServiceOf(published.Name) }, Spec = { Selector = labels } };
        foreach (var endpoint in published.Endpoints)
        {
            container.Ports.Add(new ContainerPortV1 { Name = endpoint.Name, ContainerPort = endpoint.DeployedPort });
            service.Spec.Ports.Add(new ServicePortV1 { Name = endpoint.Name, Port = endpoint.Port ?? endpoint.DeployedPort, TargetPort = endpoint.DeployedPort });
        }

        var deployment = new Deployment { Metadata = { Name = $"{published.Name}-deployment" } };
        deployment.Spec.Replicas = 1;
        deployment.Spec.Selector.MatchLabels = labels;
        deployment.Spec.Template.Metadata.Labels = labels;
        deployment.Spec.Template.Spec.Containers.Add(container);
        return new KubernetesResource(published.Name, published.Resource, this)
        {
            Workload = deployment,
            ConfigMap = config.Data.Count > 0 ? config : null,
            Service = service.Spec.Ports.Count > 0 ? service : null,
        };
    }

    private static EnvVarV1 SecretVariable(string variable, string secret) => new()
    {
        Name = variable,
        ValueFrom = new EnvVarSourceV1 { SecretKeyRef = new SecretKeySelectorV1 { Name = secret.ToLowerInvariant(), Key = SecretKey } },
    };
}
