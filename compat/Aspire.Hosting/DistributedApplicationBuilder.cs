using System.Reflection;
using Aspire.Dashboard;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Publishing;
using Aspire.Hosting.Supervision;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>The resources of an application.</summary>
public interface IResourceCollection : IList<IResource>;

/// <summary>How to make a builder.</summary>
public sealed class DistributedApplicationOptions
{
    /// <summary>The command line.</summary>
    public string[]? Args { get; set; }

    /// <summary>The assembly that describes the application; the entry assembly unless given.</summary>
    public string? AssemblyName { get; set; }

    /// <summary>The folder that relative paths start from; that of the AppHost's project unless given.</summary>
    public string? ProjectDirectory { get; set; }

    /// <summary>No dashboard, whatever is configured.</summary>
    public bool DisableDashboard { get; set; }
}

/// <summary>Describes an application.</summary>
public interface IDistributedApplicationBuilder
{
    /// <summary>appsettings of the AppHost, environment and command line.</summary>
    ConfigurationManager Configuration { get; }

    /// <summary>The folder that relative paths start from.</summary>
    string AppHostDirectory { get; }

    /// <summary>The assembly that describes the application.</summary>
    Assembly? AppHostAssembly { get; }

    /// <summary>Development, Production and the like.</summary>
    IHostEnvironment Environment { get; }

    /// <summary>Services of the AppHost itself.</summary>
    IServiceCollection Services { get; }

    /// <summary>Running, or publishing when the command line says <c>--operation publish --output-path FOLDER</c>.</summary>
    DistributedApplicationExecutionContext ExecutionContext { get; }

    /// <summary>What has been added so far.</summary>
    IResourceCollection Resources { get; }

    /// <summary>Adds a resource.</summary>
    IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource;

    /// <summary>A builder for a resource, without adding it.</summary>
    IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource;

    /// <summary>Ends the description.</summary>
    DistributedApplication Build();
}

internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    /// <summary>The build writes the project's path into the AppHost's assembly under this name.</summary>
    private const string ProjectPathMetadata = "AppHostProjectPath";

    private readonly HostApplicationBuilder _host;
    private readonly ResourceCollection _resources = [];

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        AppHostAssembly = options.AssemblyName is { } name ? Assembly.Load(name) : Assembly.GetEntryAssembly();
        AppHostDirectory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(
            options.ProjectDirectory ?? ProjectDirectory(AppHostAssembly) ?? Directory.GetCurrentDirectory()));
        _host = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = options.Args,
            ApplicationName = AppHostAssembly?.GetName().Name,
            ContentRootPath = AppHostDirectory,
        });
        _host.Configuration.AddPublishArguments(options.Args);
        ExecutionContext = new(_host.Configuration.GetOperation());
        _host.Services.AddSupervisor(this);
        if (options.DisableDashboard)
            _host.Services.PostConfigure<DashboardOptions>(dashboard => dashboard.Enabled = false);
    }

    public ConfigurationManager Configuration => _host.Configuration;

    public string AppHostDirectory { get; }

    public Assembly? AppHostAssembly { get; }

    public IHostEnvironment Environment => _host.Environment;

    public IServiceCollection Services => _host.Services;

    public DistributedApplicationExecutionContext ExecutionContext { get; }

    public IResourceCollection Resources => _resources;

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        if (_resources.Any(known => string.Equals(known.Name, resource.Name, StringComparison.OrdinalIgnoreCase)))
            throw new DistributedApplicationException($"There is a resource '{resource.Name}' already: give this one another name.");
        _resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build() => new(_host.Build());

    private static string? ProjectDirectory(Assembly? assembly) => Path.GetDirectoryName(
        assembly?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(metadata => metadata.Key == ProjectPathMetadata)?.Value);

    private sealed class ResourceCollection : List<IResource>, IResourceCollection;
}
