using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>Adds somewhere to listen.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="port">A fixed port; a free one on loopback unless given.</param>
    /// <param name="targetPort">The port that the process listens on; the same one here, since no proxy stands between.</param>
    /// <param name="scheme"><c>http</c>, <c>https</c> or <c>tcp</c>.</param>
    /// <param name="name">The endpoint's name; the scheme unless given.</param>
    /// <param name="env">The variable that tells the process its port.</param>
    /// <param name="isProxied">Kept for the signature.</param>
    /// <param name="isExternal">Meant for callers outside of the application.</param>
    /// <param name="protocol">TCP.</param>
    /// <exception cref="DistributedApplicationException">The resource has an endpoint of that name.</exception>
    public static IResourceBuilder<T> WithEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? scheme = null, string? name = null,
        string? env = null, bool isProxied = true, bool? isExternal = null, ProtocolType? protocol = null)
        where T : IResourceWithEndpoints
    {
        var endpoint = new EndpointAnnotation(
            protocol ?? ProtocolType.Tcp, scheme, transport: null, name, port, targetPort, isExternal, isProxied) { PortVariable = env };
        if (builder.GetEndpoint(endpoint.Name).Exists)
            throw new DistributedApplicationException($"Resource '{builder.Resource.Name}' has an endpoint '{endpoint.Name}' already: name this one.");
        return builder.WithAnnotation(endpoint);
    }

    /// <summary>Changes an endpoint, or adds it.</summary>
    public static IResourceBuilder<T> WithEndpoint<T>(
        this IResourceBuilder<T> builder, string endpointName, Action<EndpointAnnotation> callback, bool createIfNotExists = true)
        where T : IResourceWithEndpoints
    {
        if (!builder.GetEndpoint(endpointName).Exists && createIfNotExists)
            builder.WithEndpoint(name: endpointName);
        callback(builder.GetEndpoint(endpointName).Annotation);
        return builder;
    }

    /// <summary>Adds somewhere to listen for HTTP. A project is told by <c>ASPNETCORE_URLS</c>, a program by <paramref name="env" />.</summary>
    public static IResourceBuilder<T> WithHttpEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null,
        bool isProxied = true)
        where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, "http", name, env, isProxied);

    /// <summary>Marks the HTTP endpoints as meant for callers outside of the application: their addresses are shown first.</summary>
    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEndpoints
    {
        foreach (var endpoint in builder.HttpEndpoints())
            endpoint.IsExternal = true;
        return builder;
    }

    /// <summary>The HTTP endpoints speak HTTP/2 without TLS and nothing else: probes do too.</summary>
    public static IResourceBuilder<T> AsHttp2Service<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEndpoints => builder.WithAnnotation(new Http2ServiceAnnotation());

    /// <summary>The endpoint of that name, which may be added later.</summary>
    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name)
        where T : IResourceWithEndpoints => new(builder.Resource, name);

    /// <summary>The resource is healthy while this path answers with this status.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="path"><c>/</c> unless given.</param>
    /// <param name="statusCode">200 unless given.</param>
    /// <param name="endpointName">The first HTTP endpoint unless given.</param>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null)
        where T : IResourceWithEndpoints => builder.WithHttpHealthCheck(
            () => builder.GetEndpoint(endpointName ?? builder.HttpEndpoints().FirstOrDefault()?.Name ?? "http"), path, statusCode);

    /// <inheritdoc cref="WithHttpHealthCheck{T}(IResourceBuilder{T}, string?, int?, string?)" />
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder, Func<EndpointReference>? endpointSelector, string? path = null, int? statusCode = null)
        where T : IResourceWithEndpoints => builder.WithAnnotation(
            new HealthProbeAnnotation(endpointSelector ?? (() => builder.GetEndpoint("http")), path ?? "/", statusCode ?? 200));

    private static IEnumerable<EndpointAnnotation> HttpEndpoints<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEndpoints =>
        builder.Resource.Annotations.OfType<EndpointAnnotation>().Where(endpoint => endpoint.UriScheme is "http" or "https");
}

/// <summary>The resource's HTTP endpoints speak HTTP/2 only.</summary>
internal sealed class Http2ServiceAnnotation : IResourceAnnotation;
