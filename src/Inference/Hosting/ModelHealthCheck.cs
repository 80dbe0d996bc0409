using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Emotion.Inference.Hosting;

/// <summary>Not ready until a first model answers, or it is known that no release has one. A later load that failed is told, but the last good model goes on serving.</summary>
internal sealed class ModelHealthCheck<TModel>(ModelHost<TModel> host) : IHealthCheck where TModel : class, IServableModel<TModel>
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var snapshot = host.Snapshot;
        return Task.FromResult(snapshot switch
        {
            { IsIdle: true } => HealthCheckResult.Healthy($"No release has a {TModel.ModelName} model. {snapshot.LastFailure}".TrimEnd()),
            { DefaultRelease: "" } => HealthCheckResult.Unhealthy($"No {TModel.ModelName} model is loaded yet. {snapshot.LastFailure}".TrimEnd()),
            { LastFailure.Length: > 0 } => HealthCheckResult.Degraded($"Serving {snapshot.DefaultRelease}; {snapshot.LastFailure}"),
            _ => HealthCheckResult.Healthy($"Serving {snapshot.DefaultRelease}"),
        });
    }
}
