using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Supervision;

namespace Aspire.Hosting;

/// <summary>A project that the AppHost refers to; the build makes a class <c>Projects.&lt;Name&gt;</c> of each.</summary>
public interface IProjectMetadata : IResourceAnnotation
{
    /// <summary>The project file.</summary>
    string ProjectPath { get; }
}

/// <summary>What the build here adds: where the project's output is, so that it can be run without being built again.</summary>
public interface IBuiltProjectMetadata : IProjectMetadata
{
    /// <summary>The assembly that the build made.</summary>
    string TargetPath { get; }
}

/// <summary>Adds .NET projects.</summary>
public static class ProjectResourceBuilderExtensions
{
    /// <summary>
    /// Runs the built output of a referenced project, in the project's folder, listening on loopback at the endpoints that
    /// <c>WithHttpEndpoint</c> adds. Nothing is built at run time, and no launch profile is read.
    /// </summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new() => builder.Add(name, new TProject());

    /// <summary>
    /// Runs a project that the AppHost does not refer to, by the path of its project file from the AppHost's folder. It is built by somebody else, as this AppHost was
    /// (configuration and framework), at the latest when it starts: where it is not, it fails and says so, and the others go on.
    /// </summary>
    public static IResourceBuilder<ProjectResource> AddProject(this IDistributedApplicationBuilder builder, string name, string projectPath) => builder.Add(
        name, new ProjectByPath(Path.GetFullPath(projectPath, builder.AppHostDirectory), Path.GetRelativePath(builder.AppHostDirectory, AppContext.BaseDirectory)));

    private static IResourceBuilder<ProjectResource> Add(this IDistributedApplicationBuilder builder, string name, IProjectMetadata project)
    {
        var resource = new ProjectResource(name);
        var added = builder.AddResource(resource).WithAnnotation(project)
            .WithAnnotation(new LaunchAnnotation(() => DotnetLaunch.Of(project)));
        return added.WithEnvironment(context =>
        {
            if (context.ExecutionContext.IsPublishMode)
            {
                var ports = resource.Annotations.OfType<EndpointAnnotation>().Select(endpoint => endpoint.DeployedPort).Distinct().ToList();
                if (ports.Count > 0)
                    context.EnvironmentVariables["HTTP_PORTS"] = string.Join(';', ports);
                return;
            }

            var urls = resource.Annotations.OfType<EndpointAnnotation>()
                .Where(endpoint => endpoint.UriScheme is "http" or "https" && endpoint.PortVariable is null)
                .Select(endpoint => new EndpointReference(resource, endpoint.Name).Url);
            context.EnvironmentVariables["ASPNETCORE_URLS"] = string.Join(';', urls);

            // One entry, one line: the prefix on the console says whose it is.
            context.EnvironmentVariables["Logging__Console__FormatterName"] = "simple";
            context.EnvironmentVariables["Logging__Console__FormatterOptions__SingleLine"] = "true";
        });
    }
}
