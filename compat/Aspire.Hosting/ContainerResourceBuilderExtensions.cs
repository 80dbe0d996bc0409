using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Adds containers.</summary>
public static class ContainerResourceBuilderExtensions
{
    /// <summary>A container of an image; it can be published, not run here.</summary>
    /// <exception cref="DistributedApplicationException">The application is to run.</exception>
    public static IResourceBuilder<ContainerResource> AddContainer(
        this IDistributedApplicationBuilder builder, string name, string image, string tag) =>
        builder.ExecutionContext.IsPublishMode
            ? builder.AddResource(new ContainerResource(name)).WithAnnotation(new ContainerImageAnnotation { Image = image, Tag = tag })
            : throw new DistributedApplicationException($"Container '{name}' cannot run here: there is no container runtime. Add it when publishing only.");
}
