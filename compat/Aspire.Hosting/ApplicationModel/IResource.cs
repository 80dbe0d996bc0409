using System.Collections.ObjectModel;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A part of the system: a project, a program, a backing service, a parameter.</summary>
public interface IResource
{
    /// <summary>Unique in the application; letters, digits and hyphens.</summary>
    string Name { get; }

    /// <summary>What has been said about the resource so far.</summary>
    ResourceAnnotationCollection Annotations { get; }
}

/// <summary>One statement about a resource.</summary>
public interface IResourceAnnotation;

/// <summary>The statements about one resource, in the order in which they were made.</summary>
public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>;

/// <summary>What happens to earlier annotations of the same type.</summary>
public enum ResourceAnnotationMutationBehavior
{
    /// <summary>They stay.</summary>
    Append = 0,

    /// <summary>They go.</summary>
    Replace = 1,
}

/// <summary>Can be given environment variables.</summary>
public interface IResourceWithEnvironment : IResource;

/// <summary>Can be given command line arguments.</summary>
public interface IResourceWithArgs : IResource;

/// <summary>Listens somewhere.</summary>
public interface IResourceWithEndpoints : IResource;

/// <summary>Can be made to wait for another resource before it starts.</summary>
public interface IResourceWithWaitSupport : IResource;

/// <summary>Runs, and so can be deployed.</summary>
public interface IComputeResource : IResource;

/// <summary>Somewhere that resources are deployed to.</summary>
public interface IComputeEnvironmentResource : IResource;

/// <summary>Is part of another resource, and ready when that one is.</summary>
public interface IResourceWithParent : IResource
{
    /// <summary>The resource that it is part of.</summary>
    IResource Parent { get; }
}

/// <inheritdoc />
public interface IResourceWithParent<out T> : IResourceWithParent
    where T : IResource
{
    /// <inheritdoc cref="IResourceWithParent.Parent" />
    new T Parent { get; }

    IResource IResourceWithParent.Parent => Parent;
}

/// <summary>Is reached by a connection string.</summary>
public interface IResourceWithConnectionString : IResource, IManifestExpressionProvider, IValueProvider
{
    /// <summary>The connection string, resolved when a process that refers to it starts.</summary>
    ReferenceExpression ConnectionStringExpression { get; }

    /// <summary>The variable that takes the connection string instead of <c>ConnectionStrings__&lt;name&gt;</c>, if any.</summary>
    string? ConnectionStringEnvironmentVariable => null;

    /// <summary>The connection string as it is now.</summary>
    ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) =>
        ConnectionStringExpression.GetValueAsync(cancellationToken);

    string IManifestExpressionProvider.ValueExpression => $"{{{Name}.connectionString}}";

    ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) =>
        GetConnectionStringAsync(cancellationToken);
}

/// <summary>A resource with a name and annotations.</summary>
public abstract class Resource : IResource
{
    /// <exception cref="ArgumentException">The name is not made of letters, digits and single hyphens.</exception>
    protected Resource(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name.Length > 64 || !char.IsAsciiLetter(name[0]) || name.EndsWith('-') || name.Contains("--")
            || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            throw new ArgumentException(
                $"Resource name '{name}' is not valid: use at most 64 letters, digits and single hyphens, beginning with a letter.",
                nameof(name));
        Name = name;
    }

    /// <inheritdoc />
    public virtual string Name { get; }

    /// <inheritdoc />
    public virtual ResourceAnnotationCollection Annotations { get; } = [];
}
