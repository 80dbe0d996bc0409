using Aspire.Dashboard.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Aspire.Dashboard;

/// <summary>What the page asks of the telemetry.</summary>
internal static class StoreEndpoints
{
    private const int Most = 500;

    public static void MapStores(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/traces", (TraceStore store, string? service, bool? failed, double? atLeast, int? limit) =>
            store.List(Math.Clamp(limit ?? 100, 1, Most), Given(service), failed == true, atLeast ?? 0));
        routes.MapGet("/api/traces/{id}", (TraceStore store, string id) =>
            store.Find(id) is { } trace ? Results.Ok(trace) : Results.Text("This trace is not kept, or not any more.", statusCode: StatusCodes.Status404NotFound));
        routes.MapGet("/api/logs", (LogStore store, string? service, int? severity, string? trace, string? text, int? limit) =>
            store.List(Math.Clamp(limit ?? 200, 1, Most), Given(service), severity ?? 0, Given(trace), Given(text)));
        routes.MapGet("/api/metrics", (MetricStore store) => store.List());
        routes.MapGet("/api/metrics/{name}", (MetricStore store, string name, string? service) => store.Curves(name, Given(service)));
    }

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
