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
        where TProject : IProjectMetadata, new()
    {
        var project = new TProject();
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
