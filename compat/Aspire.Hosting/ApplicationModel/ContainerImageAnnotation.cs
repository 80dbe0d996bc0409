namespace Aspire.Hosting.ApplicationModel;

/// <summary>The image of a container.</summary>
public sealed class ContainerImageAnnotation : IResourceAnnotation
{
    /// <summary>The image without its tag.</summary>
    public required string Image { get; set; }

    /// <summary>Its tag.</summary>
    public string? Tag { get; set; }
}
