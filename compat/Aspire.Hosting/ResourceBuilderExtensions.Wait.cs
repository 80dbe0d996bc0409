using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>
    /// Starts the resource only when <paramref name="dependency" /> runs and its health checks pass; an open port is not enough.
    /// Later illness of the dependency does not stop the resource again.
    /// </summary>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport => builder.Wait(dependency, WaitType.WaitUntilHealthy);

    /// <summary>Starts the resource only when the process of <paramref name="dependency" /> runs.</summary>
    public static IResourceBuilder<T> WaitForStart<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport => builder.Wait(dependency, WaitType.WaitUntilStarted);

    /// <summary>
    /// Starts the resource only when <paramref name="dependency" /> has ended with <paramref name="exitCode" />. Another exit code
    /// fails this resource too. What is waited for in this way runs once and is not restarted.
    /// </summary>
    public static IResourceBuilder<T> WaitForCompletion<T>(
        this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, int exitCode = 0)
        where T : IResourceWithWaitSupport => builder.Wait(dependency, WaitType.WaitForCompletion, exitCode);

    /// <summary>Does not start with the others: by the dashboard's button, or as one replica more.</summary>
    public static IResourceBuilder<T> WithExplicitStart<T>(this IResourceBuilder<T> builder)
        where T : IResource => builder.WithAnnotation(new ExplicitStartupAnnotation());

    private static IResourceBuilder<T> Wait<T>(
        this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, WaitType type, int exitCode = 0)
        where T : IResourceWithWaitSupport
    {
        if (ReferenceEquals(builder.Resource, dependency.Resource))
            throw new DistributedApplicationException($"Resource '{builder.Resource.Name}' cannot wait for itself.");
        return builder.WithAnnotation(new WaitAnnotation(dependency.Resource, type, exitCode));
    }
}
