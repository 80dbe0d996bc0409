using Aspire.Hosting.Supervision;

namespace Aspire.Hosting.ApplicationModel
{
    /// <summary>A program.</summary>
    public class ExecutableResource : Resource, IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport
    {
        /// <summary>Describes the program <paramref name="command" /> started in <paramref name="workingDirectory" />.</summary>
        public ExecutableResource(string name, string command, string workingDirectory)
            : base(name)
        {
            Command = command;
            WorkingDirectory = workingDirectory;
            Annotations.Add(new LaunchAnnotation(() => new LaunchPlan(Command, [], WorkingDirectory)));
        }

        /// <summary>A path, or a name to be found in PATH.</summary>
        public string Command { get; }

        /// <summary>Where it is started.</summary>
        public string WorkingDirectory { get; }
    }

    /// <summary>A .NET project, run from its built output.</summary>
    public class ProjectResource(string name)
        : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery, IResourceWithWaitSupport, IComputeResource;

    /// <summary>A container of an image that is built elsewhere. It is published only: nothing here runs containers.</summary>
    public class ContainerResource(string name, string? entrypoint = null)
        : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport, IComputeResource
    {
        /// <summary>The program in the image; the image's own unless given.</summary>
        public string? Entrypoint { get; set; } = entrypoint;
    }

    /// <summary>A value from outside: <c>Parameters:&lt;name&gt;</c> in configuration.</summary>
    public class ParameterResource(string name, Func<ParameterDefault?, string> callback, bool secret = false)
        : Resource(name), IManifestExpressionProvider, IValueProvider
    {
        /// <summary>Kept out of logs.</summary>
        public bool Secret { get; } = secret;

        /// <inheritdoc />
        public string ValueExpression => $"{{{Name}.value}}";

        /// <inheritdoc />
        public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) => new(callback(null));
    }

    /// <summary>Where a parameter's default comes from.</summary>
    public abstract class ParameterDefault
    {
        /// <summary>The default.</summary>
        public abstract string GetDefaultValue();
    }
}

namespace Aspire.Hosting
{
    /// <summary>Others can find its endpoints by its name.</summary>
    public interface IResourceWithServiceDiscovery : ApplicationModel.IResourceWithEndpoints;
}
