using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Publishing;

/// <summary>Writes the files of one environment.</summary>
internal interface IPublishedEnvironment : IComputeEnvironmentResource
{
    /// <summary>Writes into an empty folder.</summary>
    Task WriteAsync(string folder, IReadOnlyList<PublishedResource> resources, CancellationToken cancellationToken);
}

/// <summary>Writes every environment into a folder of its own, named after it, instead of running anything; then the host ends.</summary>
internal sealed class Publisher(IDistributedApplicationBuilder application, IHostApplicationLifetime lifetime) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var output = application.Configuration[PublishOptions.OutputPath]
            ?? throw new DistributedApplicationException("Where to? Say --output-path FOLDER.");
        var environments = application.Resources.OfType<IPublishedEnvironment>().ToList();
        if (environments.Count == 0)
            throw new DistributedApplicationException("Nothing is published: add an environment, as by AddKubernetesEnvironment.");
        foreach (var environment in environments)
        {
            var folder = Path.Combine(Path.GetFullPath(output), environment.Name);
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
            Directory.CreateDirectory(folder);
            var resources = new List<PublishedResource>();
            foreach (var resource in application.Resources.OfType<IComputeResource>())
                resources.Add(await PublishedResource.ReadAsync(resource, application.ExecutionContext, cancellationToken));
            await environment.WriteAsync(folder, resources, cancellationToken);
            Console.WriteLine($"Wrote {folder}");
        }

        lifetime.StopApplication();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
