using Emotion.Gateway.Audit;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Keys;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Api;

/// <summary>Clips in, answers out: POST /v1/analyses and GET /v1/analyses/{id}.</summary>
public static class AnalysesApi
{
    public static void MapAnalysesApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/analyses").WithTags("Analyses")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .ProducesProblem(StatusCodes.Status500InternalServerError)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .ProducesProblem(StatusCodes.Status504GatewayTimeout);

        group.MapPost("/", CreateAsync)
            .WithName("CreateAnalysis")
            .Audited("analysis.create")
            .RequireScope(KeyScope.Analyse)
            .AddOpenApiOperationTransformer(ApiDocument.DescribeUpload)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status408RequestTimeout)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status423Locked);

        group.MapGet("/{id}", GetAsync)
            .WithName("GetAnalysis")
            .RequireOwnAnalysis(KeyScope.Read)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status410Gone);
    }

    /// <summary>Analyses a clip: the emotions that are expressed in it, for the whole of it and over time.</summary>
    /// <remarks>
    /// What is no clip by its first bytes, or too large, is refused at once. What only a look inside shows (too long, damaged, neither
    /// sound nor picture) is a problem of the analysis: here with wait, at its address without.
    /// </remarks>
    /// <param name="request">The clip.</param>
    /// <param name="wait">
    /// Answer with the result (200) instead of its address (202). Bounded: when it takes too long, or the gateway stops, the address comes after
    /// all. Closing the connection ends the analysis, unless the request has an Idempotency-Key.
    /// </param>
    /// <param name="upload">The clip came in pieces before, by /v1/uploads, under this name; the body is empty, or a form of fields.</param>
    public static async Task<Results<Ok<Analysis>, AcceptedAtRoute<Analysis>>> CreateAsync(
        HttpRequest request,
        [FromQuery] bool? wait,
        [FromQuery] string? upload,
        [AsParameters] UploadFields asked,
        HttpResponse response,
        AnalysisIntake intake,
        AnalysisEnding ending,
        KnownAnalyses known,
        IOptions<GatewayOptions> options,
        CancellationToken cancellationToken)
    {
        var accepted = await intake.AcceptAsync(request, asked, upload, cancellationToken);
        var analysis = accepted.Analysis;
        if (accepted.IsReplay)
        {
            response.Headers[IdempotencyKey.ReplayedHeader] = "true";
        }

        if (wait == true)
        {
            try
            {
                analysis = await known.WaitAsync(analysis.Id, options.Value.MaximumWait, cancellationToken);
            }
            catch (OperationCanceledException) when (!accepted.HasKey)
            {
                await ending.CancelAsync(analysis.Id, Refusal.CallerLeft, CancellationToken.None); // The caller went away without having heard the address.
                throw;
            }
        }

        return wait == true && analysis.HasEnded
            ? TypedResults.Ok(analysis.Answer())
            : TypedResults.AcceptedAtRoute(analysis.Pending, "GetAnalysis", new { id = analysis.Id });
    }

    /// <summary>How far an analysis is, and its answer once it is done.</summary>
    /// <param name="id">As given by the POST.</param>
    /// <param name="wait">Hold the request until the analysis is done, within bounds.</param>
    public static async Task<Ok<Analysis>> GetAsync(
        string id,
        [FromQuery] bool? wait,
        HttpResponse response,
        KnownAnalyses known,
        IOptions<GatewayOptions> options,
        CancellationToken cancellationToken)
    {
        var analysis = wait == true ? await known.WaitAsync(id, options.Value.MaximumWait, cancellationToken) : await known.FindAsync(id, cancellationToken);
        if (analysis.HasEnded)
        {
            return TypedResults.Ok(analysis.Answer());
        }

        response.Headers.RetryAfter = "1";
        return TypedResults.Ok(analysis.Pending);
    }
}
