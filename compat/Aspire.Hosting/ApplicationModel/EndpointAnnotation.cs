using System.Net.Sockets;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Somewhere that a resource listens.</summary>
public sealed class EndpointAnnotation(
    ProtocolType protocol, string? uriScheme = null, string? transport = null, string? name = null, int? port = null,
    int? targetPort = null, bool? isExternal = null, bool isProxied = true) : IResourceAnnotation
{
    /// <summary>TCP, everywhere here.</summary>
    public ProtocolType Protocol { get; set; } = protocol;

    /// <summary><c>http</c>, <c>https</c> or <c>tcp</c>.</summary>
    public string UriScheme { get; set; } = uriScheme ?? "tcp";

    /// <summary><c>http</c>, or <c>http2</c> for services that speak nothing else.</summary>
    public string Transport { get; set; } = transport ?? uriScheme ?? "tcp";

    /// <summary>The name by which others ask for it; the scheme unless given.</summary>
    public string Name { get; set; } = name ?? uriScheme ?? "tcp";

    /// <summary>The port that callers use. No proxy stands between here: it is the process's own.</summary>
    public int? Port { get; set; } = port;

    /// <summary>The port that the process listens on.</summary>
    public int? TargetPort { get; set; } = targetPort;

    /// <summary>Meant for people and machines outside of the system.</summary>
    public bool IsExternal { get; set; } = isExternal ?? false;

    /// <summary>Kept for the signature; there is no proxy here.</summary>
    public bool IsProxied { get; set; } = isProxied;

    /// <summary>The port of a published container: what the description says, or 8080, as for projects of the published package.</summary>
    internal int DeployedPort => TargetPort ?? 8080;

    /// <summary>The variable that tells the process its port, if it wants one.</summary>
    internal string? PortVariable { get; init; }

    /// <summary>The port that the supervisor settled on; 0 until the application starts.</summary>
    internal int AllocatedPort { get; set; }
}
