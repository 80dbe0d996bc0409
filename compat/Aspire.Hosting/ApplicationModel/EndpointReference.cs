using System.Globalization;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Which part of an endpoint's address is meant.</summary>
public enum EndpointProperty
{
    /// <summary>The whole address.</summary>
    Url = 0,

    /// <summary>The host's name.</summary>
    Host = 1,

    /// <summary>The host as a number.</summary>
    IPV4Host = 2,

    /// <summary>The port for callers.</summary>
    Port = 3,

    /// <summary>The scheme.</summary>
    Scheme = 4,

    /// <summary>The port that the process listens on.</summary>
    TargetPort = 5,

    /// <summary>Host and port with a colon between.</summary>
    HostAndPort = 6,
}

/// <summary>An endpoint of a resource as others see it. Its value is its address.</summary>
public sealed class EndpointReference(IResourceWithEndpoints owner, string endpointName) : IManifestExpressionProvider, IValueProvider
{
    /// <summary>Every listener of the system is on loopback.</summary>
    internal const string LoopbackHost = "127.0.0.1";

    /// <summary>The resource that listens.</summary>
    public IResourceWithEndpoints Resource { get; } = owner;

    /// <summary>The endpoint's name.</summary>
    public string EndpointName { get; } = endpointName;

    /// <summary>Whether the resource has an endpoint of that name.</summary>
    public bool Exists => Find() is not null;

    /// <summary>Whether the address is known yet.</summary>
    public bool IsAllocated => Find() is { AllocatedPort: > 0 };

    /// <summary>The scheme.</summary>
    public string Scheme => Annotation.UriScheme;

    /// <summary>The host.</summary>
    public string Host => LoopbackHost;

    /// <summary>The port.</summary>
    /// <exception cref="InvalidOperationException">The application has not started.</exception>
    public int Port => IsAllocated
        ? Annotation.AllocatedPort
        : throw new InvalidOperationException($"Endpoint '{EndpointName}' of '{Resource.Name}' has no port until the application starts.");

    /// <summary>The port that the process listens on.</summary>
    public int? TargetPort => IsAllocated ? Annotation.AllocatedPort : Annotation.TargetPort;

    /// <summary>The address.</summary>
    public string Url => $"{Scheme}://{Host}:{Port}";

    /// <inheritdoc />
    public string ValueExpression => $"{{{Resource.Name}.bindings.{EndpointName}.url}}";

    internal EndpointAnnotation Annotation => Find()
        ?? throw new InvalidOperationException($"Resource '{Resource.Name}' has no endpoint '{EndpointName}': add it with WithHttpEndpoint.");

    /// <inheritdoc />
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => new(Url);

    /// <summary>A part of the address.</summary>
    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);

    private EndpointAnnotation? Find() =>
        Resource.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(endpoint => endpoint.Name == EndpointName);
}

/// <summary>A part of an endpoint's address, as a value that is known when a process starts.</summary>
public class EndpointReferenceExpression(EndpointReference endpointReference, EndpointProperty property)
    : IManifestExpressionProvider, IValueProvider
{
    /// <summary>The endpoint.</summary>
    public EndpointReference Endpoint { get; } = endpointReference;

    /// <summary>The part.</summary>
    public EndpointProperty Property { get; } = property;

    /// <inheritdoc />
    public string ValueExpression => $"{{{Endpoint.Resource.Name}.bindings.{Endpoint.EndpointName}.{Property.ToString().ToLowerInvariant()}}}";

    /// <inheritdoc />
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => new(Property switch
    {
        EndpointProperty.Url => Endpoint.Url,
        EndpointProperty.Host or EndpointProperty.IPV4Host => Endpoint.Host,
        EndpointProperty.Port or EndpointProperty.TargetPort => Endpoint.Port.ToString(CultureInfo.InvariantCulture),
        EndpointProperty.Scheme => Endpoint.Scheme,
        EndpointProperty.HostAndPort => $"{Endpoint.Host}:{Endpoint.Port}",
        _ => throw new InvalidOperationException($"Endpoint property '{Property}' is not known here."),
    });
}
