using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Emotion.ServiceDefaults;

/// <summary>
/// Readiness and liveness. A service that is still loading answers <see cref="HealthStatus.Unhealthy" />, never Degraded:
/// ASP.NET answers 200 to Degraded, and whoever waits would start too early.
/// </summary>
public static class HealthDefaults
{
    /// <summary>Ready for requests: every registered check must pass. 200 or 503, with each check's state as JSON.</summary>
    public const string ReadinessPath = "/health";

    /// <summary>Worth keeping: only checks tagged <see cref="LivenessTag" />. A failure means that a restart is the cure.</summary>
    public const string LivenessPath = "/alive";

    /// <summary>The tag of checks that count for liveness.</summary>
    public const string LivenessTag = "live";

    internal static void AddHealth(this IHostApplicationBuilder builder) =>
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LivenessTag]);

    internal static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapHealthChecks(ReadinessPath, new() { ResponseWriter = WriteAsync }).DisableHttpMetrics();
        app.MapHealthChecks(LivenessPath, new() { ResponseWriter = WriteAsync, Predicate = check => check.Tags.Contains(LivenessTag) })
            .DisableHttpMetrics();
    }

    // {"status":"Unhealthy","checks":{"self":{"status":"Healthy"},"models":{"status":"Unhealthy","reason":"loading audio"}}}
    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(
        new HealthAnswer(
            report.Status.ToString(),
            report.Entries.ToDictionary(
                entry => entry.Key,
                entry => new CheckAnswer(entry.Value.Status.ToString(), entry.Value.Description ?? entry.Value.Exception?.Message))),
        context.RequestAborted);

    private sealed record HealthAnswer(string Status, Dictionary<string, CheckAnswer> Checks);

    private sealed record CheckAnswer(string Status, string? Reason);
}
