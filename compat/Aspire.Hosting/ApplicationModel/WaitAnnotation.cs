namespace Aspire.Hosting.ApplicationModel;

/// <summary>What is waited for.</summary>
public enum WaitType
{
    /// <summary>That it runs and is healthy.</summary>
    WaitUntilHealthy = 0,

    /// <summary>That it ends.</summary>
    WaitForCompletion = 1,

    /// <summary>That its process runs.</summary>
    WaitUntilStarted = 2,
}

/// <summary>The resource starts only after another one.</summary>
public sealed class WaitAnnotation(IResource resource, WaitType waitType, int exitCode = 0) : IResourceAnnotation
{
    /// <summary>The one that is waited for.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>What is waited for.</summary>
    public WaitType WaitType { get; } = waitType;

    /// <summary>The exit code that counts as completion.</summary>
    public int ExitCode { get; } = exitCode;
}

/// <summary>An address that answers when the resource is ready; with no expected status, any answer will do.</summary>
internal sealed record HealthProbeAnnotation(Func<EndpointReference> Endpoint, string Path, int? StatusCode) : IResourceAnnotation;
