using System.Collections.ObjectModel;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Grpc.AspNetCore.HealthChecks;

public sealed class GrpcHealthChecksOptions
{
    /// <summary>Which checks make up the health of which service; all of them that of <c>""</c>, unless mapped otherwise.</summary>
    public ServiceMappingCollection Services { get; } = [];

    /// <summary>Answer with the last published result rather than run the checks for each call.</summary>
    public bool UseHealthChecksCache { get; set; }

    /// <summary>Leave watches open while the application stops.</summary>
    public bool SuppressCompletionOnShutdown { get; set; }
}

public sealed class HealthCheckMapContext(string name, IEnumerable<string> tags)
{
    public string Name { get; } = name;

    public IEnumerable<string> Tags { get; } = tags;
}

public sealed class ServiceMapping(string name, Func<HealthCheckMapContext, bool> healthCheckPredicate)
{
    public string Name { get; } = name;

    public Func<HealthCheckMapContext, bool> HealthCheckPredicate { get; } = healthCheckPredicate;

    internal bool Includes(string check, IEnumerable<string> tags) =>
        HealthCheckPredicate(new HealthCheckMapContext(check, tags));
}

public sealed class ServiceMappingCollection : KeyedCollection<string, ServiceMapping>
{
    /// <summary>In place of what that name was mapped to.</summary>
    public void Map(string name, Func<HealthCheckMapContext, bool> predicate)
    {
        Remove(name);
        Add(new ServiceMapping(name, predicate));
    }

    protected override string GetKeyForItem(ServiceMapping item) => item.Name;
}

/// <summary>Tells those who watch what the health checks of the application found.</summary>
internal sealed class HealthPublisher(HealthServiceImpl health, IOptions<GrpcHealthChecksOptions> options) : IHealthCheckPublisher
{
    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        foreach (var mapping in options.Value.Services)
        {
            var checks = report.Entries.Where(entry => mapping.Includes(entry.Key, entry.Value.Tags));
            health.SetStatus(mapping.Name, Summarize(checks.Select(entry => entry.Value.Status)));
        }

        return Task.CompletedTask;
    }

    public static ServingStatus Summarize(IEnumerable<HealthStatus> statuses) =>
        statuses.Contains(HealthStatus.Unhealthy) ? ServingStatus.NotServing : ServingStatus.Serving;
}

/// <summary>The health service of an application with health checks.</summary>
internal sealed class HealthChecksService(
    HealthServiceImpl health, HealthCheckService checks, IOptions<GrpcHealthChecksOptions> options,
    IHostApplicationLifetime lifetime) : Health.V1.Health.HealthBase
{
    public override async Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        await RefreshAsync(request.Service, context.CancellationToken).ConfigureAwait(false);
        return await health.Check(request, context).ConfigureAwait(false);
    }

    public override async Task Watch(
        HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        await RefreshAsync(request.Service, context.CancellationToken).ConfigureAwait(false);
        using var stopping = options.Value.SuppressCompletionOnShutdown
            ? default
            : lifetime.ApplicationStopping.Register(health.EndWatches);
        await health.Watch(request, responseStream, context).ConfigureAwait(false);
    }

    private async Task RefreshAsync(string service, CancellationToken cancellationToken)
    {
        if (options.Value.UseHealthChecksCache || !options.Value.Services.TryGetValue(service, out var mapping))
        {
            return;
        }

        var report = await checks.CheckHealthAsync(check => mapping.Includes(check.Name, check.Tags), cancellationToken)
            .ConfigureAwait(false);
        health.SetStatus(service, HealthPublisher.Summarize(report.Entries.Values.Select(entry => entry.Status)));
    }
}
