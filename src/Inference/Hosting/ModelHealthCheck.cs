using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Emotion.Inference.Hosting;

/// <summary>Not ready until a first model answers. A later load that failed is told, but the last good model goes on serving.</summary>
internal sealed class ModelHealthCheck<TModel>(ModelHost<TModel> host) : IHealthCheck where TModel : class, IServableModel<TModel>
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var snapshot = host.Snapshot;
        return Task.FromResult(snapshot switch
        {
            { DefaultRelease: "" } => HealthCheckResult.Unhealthy($"No {TModel.ModelName} model is loaded yet. {snapshot.LastFailure}".TrimEnd()),
            { LastFailure.Length: > 0 } => HealthCheckResult.Degraded($"Serving {snapshot.DefaultRelease}; {snapshot.LastFailure}"),
            _ => HealthCheckResult.Healthy($"Serving {snapshot.DefaultRelease}"),
        });
    }
}
