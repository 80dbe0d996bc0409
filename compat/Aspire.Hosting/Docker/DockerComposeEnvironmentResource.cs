using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Docker.Resources;
using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Publishing;

namespace Aspire.Hosting.Docker;

/// <summary>One machine with Docker. Published as <c>docker-compose.yaml</c> and <c>.env</c>, in which secrets are still empty.</summary>
public class DockerComposeEnvironmentResource(string name) : Resource(name), IPublishedEnvironment
{
    internal List<Action<ComposeFile>> Configurations { get; } = [];

    /// <summary>The network of every service that names none.</summary>
    public string? DefaultNetworkName { get; set; } = "aspire";

    async Task IPublishedEnvironment.WriteAsync(
        string folder, IReadOnlyList<PublishedResource> resources, CancellationToken cancellationToken)
    {
        var file = new ComposeFile();
        var placeholders = new SortedSet<string>(StringComparer.Ordinal);
        file.AddNetwork(new Network { Name = DefaultNetworkName!, Driver = "bridge" });
        foreach (var published in resources)
        {
            var service = await DescribeAsync(published, placeholders, cancellationToken);
            foreach (var annotation in published.Resource.Annotations.OfType<DockerComposeServiceCustomizationAnnotation>())
                annotation.Configure(new DockerComposeServiceResource(published.Name, published.Resource, this), service);
            file.AddService(service);
        }

        foreach (var configure in Configurations)
            configure(file);
        await File.WriteAllTextAsync(Path.Combine(folder, "docker-compose.yaml"), file.ToYaml(), cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(folder, ".env"), string.Concat(placeholders.Select(placeholder => $"{placeholder}=\n")), cancellationToken);
    }

    private async Task<Service> DescribeAsync(PublishedResource published, SortedSet<string> placeholders, CancellationToken cancellationToken)
    {
        var values = new PublishedValues(resource => resource.Name.ToLowerInvariant());
        var service = new Service { Name = published.Name, Image = Placeholder($"{published.Name}_IMAGE", published.Image) };
        foreach (var (variable, value) in published.Environment.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            service.Environment[variable] = await ValueAsync(value);
        foreach (var argument in published.Arguments)
            service.Command.Add(await ValueAsync(argument));
        foreach (var endpoint in published.Endpoints)
        {
            if (endpoint.IsExternal)
                service.Ports.Add($"127.0.0.1:{endpoint.Port ?? endpoint.DeployedPort}:{endpoint.DeployedPort}");
            else
                service.Expose.Add($"{endpoint.DeployedPort}");
        }

        service.Networks.Add(DefaultNetworkName!);
        foreach (var wait in published.Resource.Annotations.OfType<WaitAnnotation>().Where(wait => wait.Resource is IComputeResource))
        {
            service.DependsOn[wait.Resource.Name] = new ServiceDependency
            {
                Condition = wait.WaitType == WaitType.WaitForCompletion ? "service_completed_successfully" : "service_started",
            };
        }

        return service;

        async Task<string> ValueAsync(object value)
        {
            if (PublishedValues.SecretOf(value) is not { } secret)
                return (await values.TextAsync(value, cancellationToken))!;
            var placeholder = secret.Name.ToUpperInvariant().Replace('-', '_');
            placeholders.Add(placeholder);
            return $"${{{placeholder}}}";
        }
    }

    private static string Placeholder(string variable, string otherwise) =>
        $"${{{variable.ToUpperInvariant().Replace('-', '_')}:-{otherwise}}}";
}

/// <summary>A resource as a service of a compose file.</summary>
public class DockerComposeServiceResource(string name, IResource resource, DockerComposeEnvironmentResource composeEnvironmentResource)
    : Resource(name), IResourceWithParent<DockerComposeEnvironmentResource>
{
    /// <summary>The environment.</summary>
    public DockerComposeEnvironmentResource Parent => composeEnvironmentResource;

    internal IResource TargetResource => resource;
}

/// <summary>Changes what a resource becomes in a compose file.</summary>
public sealed class DockerComposeServiceCustomizationAnnotation(Action<DockerComposeServiceResource, Service> configure) : IResourceAnnotation
{
    /// <summary>Called when everything else is known.</summary>
    public Action<DockerComposeServiceResource, Service> Configure { get; } = configure;
}
