using Emotion.Gateway.Keys;

namespace Emotion.Gateway.Api;

/// <summary>GET /v1/analyses/{id}/events.</summary>
public static class AnalysisEvents
{
    public static void MapAnalysisEvents(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/analyses/{id}/events", FollowAsync)
            .WithTags("Analyses")
            .WithName("FollowAnalysis")
            .RequireOwnAnalysis(KeyScope.Read)
            .Produces<ProgressReport>(StatusCodes.Status200OK, AnalysisFollowers.MediaType)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status500InternalServerError)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    /// <summary>Follows an analysis as server-sent events: each change of its stages, then its outcome.</summary>
    /// <remarks>
    /// Events named progress carry how far it is, whole, the present state first; changes that come faster than they are read are told
    /// together. The last event is named result and carries the analysis, or problem and carries why there is none; the connection ends
    /// with it. Comments tell that the connection stands.
    /// </remarks>
    /// <param name="id">As given by the POST.</param>
    public static Task FollowAsync(string id, HttpResponse response, AnalysisFollowers followers, CancellationToken cancellationToken) =>
        followers.FollowAsync(id, response, cancellationToken);
}
