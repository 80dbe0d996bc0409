using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Publishing;

/// <summary>What the description says of a resource that is deployed. Values are strings or <see cref="IValueProvider" />s.</summary>
internal sealed record PublishedResource(
    IComputeResource Resource, string Image, IReadOnlyList<EndpointAnnotation> Endpoints,
    IReadOnlyDictionary<string, object> Environment, IReadOnlyList<object> Arguments)
{
    public string Name => Resource.Name;

    public static async Task<PublishedResource> ReadAsync(
        IComputeResource resource, DistributedApplicationExecutionContext execution, CancellationToken cancellationToken)
    {
        var environment = new EnvironmentCallbackContext(execution, cancellationToken: cancellationToken);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
            await annotation.Callback(environment);
        var arguments = new CommandLineArgsCallbackContext([], cancellationToken);
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
            await annotation.Callback(arguments);
        var image = resource.Annotations.OfType<ContainerImageAnnotation>().LastOrDefault();
        return new PublishedResource(
            resource,
            image is null ? $"{resource.Name}:latest" : $"{image.Image}:{image.Tag ?? "latest"}",
            [.. resource.Annotations.OfType<EndpointAnnotation>()],
            environment.EnvironmentVariables,
            [.. arguments.Args]);
    }
}

/// <summary>Turns values that are known when a process starts into what one kind of deployment file has for them.</summary>
/// <param name="host">The name by which a resource's endpoints are reached.</param>
internal sealed class PublishedValues(Func<IResource, string> host)
{
    /// <summary>The text of a value, or null where it is a secret.</summary>
    public async ValueTask<string?> TextAsync(object value, CancellationToken cancellationToken) => value switch
    {
        string text => text,
        _ when SecretOf(value) is not null => null,
        EndpointReference endpoint => Part(endpoint, EndpointProperty.Url),
        EndpointReferenceExpression part => Part(part.Endpoint, part.Property),
        ReferenceExpression expression => await FormatAsync(expression, cancellationToken),
        IValueProvider provider => await provider.GetValueAsync(cancellationToken),
        _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <summary>The resource whose value is kept out of the files: a connection string, or a parameter that is a secret.</summary>
    public static IResource? SecretOf(object value) => value switch
    {
        IResourceWithConnectionString connection => connection,
        ParameterResource { Secret: true } parameter => parameter,
        _ => null,
    };

    private async ValueTask<string> FormatAsync(ReferenceExpression expression, CancellationToken cancellationToken)
    {
        var parts = new List<object>();
        foreach (var provider in expression.ValueProviders)
        {
            parts.Add(await TextAsync(provider, cancellationToken) ?? throw new DistributedApplicationException(
                $"'{expression.ValueExpression}' has a secret inside of other text: give the secret a variable of its own."));
        }

        return string.Format(System.Globalization.CultureInfo.InvariantCulture, expression.Format, [.. parts]);
    }

    private string Part(EndpointReference endpoint, EndpointProperty property)
    {
        var (name, port) = (host(endpoint.Resource), endpoint.Annotation.DeployedPort);
        return property switch
        {
            EndpointProperty.Url => $"{endpoint.Scheme}://{name}:{port}",
            EndpointProperty.Host or EndpointProperty.IPV4Host => name,
            EndpointProperty.Port or EndpointProperty.TargetPort => $"{port}",
            EndpointProperty.Scheme => endpoint.Scheme,
            EndpointProperty.HostAndPort => $"{name}:{port}",
            _ => throw new InvalidOperationException($"Endpoint property '{property}' is not known here."),
        };
    }
}
