using Emotion.Gateway.Api;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Keys;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Emotion.Gateway.Overlays;

/// <summary>A clip with its answer drawn on it: GET /v1/analyses/{id}/overlay.mp4.</summary>
public static class OverlayApi
{
    private const string MediaType = "video/mp4";

    public static void MapOverlayApi(this IEndpointRouteBuilder routes) => routes.MapGet("/v1/analyses/{id}/overlay.mp4", GetAsync)
        .WithTags("Renderings")
        .WithName("GetOverlayMp4")
        .RequireOwnAnalysis(KeyScope.Read)
        .Produces<Stream>(StatusCodes.Status200OK, MediaType)
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status409Conflict)
        .ProducesProblem(StatusCodes.Status410Gone)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
        .ProducesProblem(StatusCodes.Status500InternalServerError)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
        .ProducesProblem(StatusCodes.Status504GatewayTimeout);

    /// <summary>The clip with its answer drawn on it, for an analysis that was asked for with overlay=true.</summary>
    /// <remarks>Boxes and numbers of the faces, below the picture the fused answer over time as bars. Ranges are served, so players can seek.</remarks>
    /// <param name="id">As given by the POST.</param>
    public static async Task<FileStreamHttpResult> GetAsync(string id, KnownAnalyses analyses, OverlayStore store, CancellationToken cancellationToken)
    {
        var known = await analyses.FindAsync(id, cancellationToken);
        if (!known.HasEnded)
        {
            throw Refused(known, StatusCodes.Status409Conflict, "not-ended", $"The analysis is under way. GET /v1/analyses/{id}?wait=true answers when it is done.");
        }

        return known.Answer().Overlay switch
        {
            null => throw Refused(known, StatusCodes.Status404NotFound, "no-overlay", "Nobody asked for it: overlay=true has to come with the clip, which is not kept."),
            { Status: OverlayStatus.Failed, Reason: var reason } => throw Refused(known, StatusCodes.Status409Conflict, "overlay-failed", $"It could not be made. {reason}"),
            _ when await store.OpenAsync(id, cancellationToken) is { } overlay => TypedResults.Stream(overlay, MediaType, enableRangeProcessing: true),
            _ => throw Refused(known, StatusCodes.Status404NotFound, "no-overlay", "It is not where it was put."),
        };
    }

    private static RefusedException Refused(KnownAnalysis known, int status, string reason, string detail) => new(new Refusal(status, reason, detail)) { Analysis = known.Name };
}
